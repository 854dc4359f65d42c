package dev.tallygate.server;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Names for exchanges: the client's own where it is well-formed, else a new one. */
final class RequestIds {
  private static final int MAX_LENGTH = 128;

  private RequestIds() {}

  /** The id to use for a request that came with {@code presented}. */
  static String of(@Nullable String presented) {
    return presented != null && isWellFormed(presented) ? presented : next();
  }

  private static String next() {
    // Uniqueness, not secrecy: 64 random bits without a lock.
    return "req_" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  private static boolean isWellFormed(String id) {
    if (id.isEmpty() || id.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean allowed =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_'
              || c == '.'
              || c == ':';
      if (!allowed) {
        return false;
      }
    }
    return true;
  }
}
