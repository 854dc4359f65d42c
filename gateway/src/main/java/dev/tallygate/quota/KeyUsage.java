package dev.tallygate.quota;

import org.jspecify.annotations.Nullable;

/** One key's windows and open calls. Every access holds its monitor, and only briefly. */
final class KeyUsage {
  final RollingWindow tokens = RollingWindow.ofTokens();
  private @Nullable RollingWindow requests;
  int open;

  /** The window of requests; made on first use, since most keys have no such limit. */
  RollingWindow requests() {
    if (requests == null) {
      requests = RollingWindow.ofRequests();
    }
    return requests;
  }
}
