package dev.tallygate.route;

import dev.tallygate.model.ApiFormat;
import java.util.List;

/** Where a call goes. */
public sealed interface Route {
  /**
   * The call is relayed.
   *
   * @param name what it is counted under
   * @param format the API that was called; it names the upstream too
   * @param upstreamTarget path and query below the upstream's base, byte for byte as the client
   *     sent them; starts with {@code /}
   * @param bodyUse what happens to the body
   * @param tokens which tokens it can use
   */
  record Routed(
      RouteName name, ApiFormat format, String upstreamTarget, BodyUse bodyUse, TokenUse tokens)
      implements Route {}

  /**
   * The call is refused.
   *
   * @param allowed the methods that the path takes; empty unless the method is what is wrong
   */
  record NoRoute(Reason reason, List<String> allowed) implements Route {
    /** Copies the list. */
    public NoRoute {
      allowed = List.copyOf(allowed);
    }

    /** Why there is no route. */
    public enum Reason {
      /** 404: nothing is served under this path. */
      NOT_FOUND,
      /** 405: the path exists, not with this method. */
      METHOD_NOT_ALLOWED,
      /** 400: its answer, and with it its usage, would not be this call's. */
      ASYNCHRONOUS,
      /** 400: a dot segment, or a character that no target may hold. */
      BAD_PATH
    }
  }
}
