package dev.tallygate.quota;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One key's windows and open calls. Every access holds its monitor, and only briefly. */
final class KeyState {
  final RollingWindow tokens = RollingWindow.ofTokens();
  private @Nullable RollingWindow requests;
  private @Nullable Outputs outputs;

  /** Calls that have not ended. */
  int open;

  /** What is held for them. */
  long reserved;

  /** The window of requests; made on first use, since most keys have no such limit. */
  RollingWindow requests() {
    if (requests == null) {
      requests = RollingWindow.ofRequests();
    }
    return requests;
  }

  /** The length to expect of an answer; empty while nothing is known. */
  OptionalLong expectedOutput() {
    return outputs == null ? OptionalLong.empty() : outputs.expected();
  }

  /** Remembers how long an answer was. */
  void answered(long tokens) {
    if (outputs == null) {
      outputs = new Outputs();
    }
    outputs.add(tokens);
  }
}
