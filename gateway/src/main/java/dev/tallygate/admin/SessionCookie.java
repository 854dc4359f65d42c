package dev.tallygate.admin;

import io.netty.handler.codec.http.HttpHeaderNames;

/** The cookie by which a browser keeps a session. */
final class SessionCookie {
  private static final String NAME = "tallygate_session";
  private static final String LIMITS = "; HttpOnly; SameSite=Strict; Path=/admin";

  private SessionCookie() {}

  /** The session's secret in a request, or the empty string. */
  static String in(Request request) {
    for (String line : request.headers().getAll(HttpHeaderNames.COOKIE)) {
      for (String pair : line.split(";", -1)) {
        String cookie = pair.strip();
        if (cookie.startsWith(NAME + '=')) {
          return cookie.substring(NAME.length() + 1);
        }
      }
    }
    return "";
  }

  /** What sets it. */
  static String set(String secret, Request request) {
    return NAME
        + '='
        + secret
        + "; Max-Age="
        + Sessions.LIFE.toSeconds()
        + LIMITS
        + secure(request);
  }

  /** What removes it. */
  static String remove(Request request) {
    return NAME + "=; Max-Age=0" + LIMITS + secure(request);
  }

  /** This port speaks plain HTTP, over which browsers would drop a secure cookie. */
  private static String secure(Request request) {
    return request.header("x-forwarded-proto").equalsIgnoreCase("https") ? "; Secure" : "";
  }
}
