package dev.tallygate.admin;

import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Secret;
import io.netty.handler.codec.http.HttpHeaderNames;
import org.jspecify.annotations.Nullable;

/** Decides who may ask for an operation. Thread-safe. */
final class Gatekeeper {
  private static final String BEARER = "Bearer ";

  private final @Nullable KeyDigest token;

  /**
   * @param token what signs in; null: nothing does
   */
  Gatekeeper(@Nullable Secret token) {
    this.token = token == null ? null : KeyDigest.of(token.reveal());
  }

  /**
   * @throws Problem.Refused when there is no admin API and the path belongs to it
   */
  void requireTurnedOn(Request request) {
    String path = request.path();
    boolean ofAdmin = path.equals("/") || path.startsWith("/admin/") || path.startsWith("/assets/");
    if (token == null && ofAdmin) {
      throw Problem.of(
              404,
              "Admin API and dashboard are off. Set ADMIN_TOKEN to a secret of at least 16 characters"
                  + " and start the gateway again.")
          .refused();
    }
  }

  /**
   * Who asks.
   *
   * @throws Problem.Refused when they may not
   */
  Caller admit(Request request, Route route) {
    if (route.access() == Route.Access.OPEN) {
      return Caller.NOBODY;
    }
    String authorization = request.header(HttpHeaderNames.AUTHORIZATION);
    boolean bearer = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
    // The digests are compared: that takes the same time wherever the tokens differ.
    String presented = bearer ? authorization.substring(BEARER.length()).strip() : "";
    if (token != null && token.equals(KeyDigest.of(presented))) {
      return Caller.TOKEN;
    }
    throw Problem.of(401, "The admin token is missing or wrong.")
        .with("www-authenticate", "Bearer realm=\"tallygate\"")
        .refused();
  }
}
