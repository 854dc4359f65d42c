package dev.tallygate.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An operation: what it is asked by, who may ask, and who answers.
 *
 * @param method in capitals; GET stands for HEAD as well
 * @param template a path with {@code {name}} for each segment that varies
 */
record Route(String method, String template, Access access, Handler handler) {

  /** Who may ask. */
  enum Access {
    /** Whoever reaches the port. */
    OPEN,
    /** Whoever shows the admin token itself. */
    TOKEN,
    /** Whoever shows the admin token, or has signed in with it. */
    SIGNED_IN
  }

  /** Answers an operation. Runs on a virtual thread and may block. */
  @FunctionalInterface
  interface Handler {
    /**
     * Answers one.
     *
     * @throws Problem.Refused when the request is refused
     */
    Reply answer(Call call) throws Exception;
  }

  /** The parameters that {@code path} has in this template, decoded; null when it does not fit. */
  @Nullable Map<String, String> match(String path) {
    String[] want = template.split("/", -1);
    String[] have = path.split("/", -1);
    if (want.length != have.length) {
      return null;
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < want.length; i++) {
      if (want[i].startsWith("{") && !have[i].isEmpty()) {
        String value = URLDecoder.decode(have[i].replace("+", "%2B"), StandardCharsets.UTF_8);
        parameters.put(want[i].substring(1, want[i].length() - 1), value);
      } else if (!want[i].equals(have[i])) {
        return null;
      }
    }
    return parameters;
  }
}
