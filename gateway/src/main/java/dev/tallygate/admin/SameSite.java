package dev.tallygate.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Locale;

/**
 * Tells changes that the dashboard makes from those that a foreign page has a browser make, which
 * sends the session's cookie with them where SameSite does not keep it: other ports of this host
 * are the same site. A foreign page cannot set a header of its own without asking first, which is
 * never allowed here, nor forge what the browser says of where a request comes from.
 */
final class SameSite {
  private static final String HEADER = "x-requested-with";
  private static final String VALUE = "tallygate";

  private SameSite() {}

  /**
   * Lets a change pass that the dashboard makes.
   *
   * @throws Problem.Refused when another page may have made it
   */
  static void require(Request request) {
    if (!request.header(HEADER).equals(VALUE) || !isSameOrigin(request)) {
      throw Problem.of(
              403,
              "With a session, changes need the header X-Requested-With: tallygate and must come"
                  + " from the dashboard itself.")
          .refused();
    }
  }

  /** What the browser found goes before a comparison here, since a proxy may have another name. */
  private static boolean isSameOrigin(Request request) {
    String site = request.header("sec-fetch-site");
    if (!site.isEmpty()) {
      return site.equals("same-origin");
    }
    String origin = request.header(HttpHeaderNames.ORIGIN).toLowerCase(Locale.ROOT);
    String host = request.header(HttpHeaderNames.HOST).toLowerCase(Locale.ROOT);
    return origin.isEmpty() || origin.equals("http://" + host) || origin.equals("https://" + host);
  }
}
