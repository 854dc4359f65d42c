package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Seconds;
import dev.tallygate.model.Secret;
import dev.tallygate.model.Ticker;
import io.netty.handler.codec.http.HttpHeaderNames;
import org.jspecify.annotations.Nullable;

/** Decides who may ask for an operation. Thread-safe. */
final class Gatekeeper {
  private static final String BEARER = "Bearer ";

  private final @Nullable KeyDigest token;
  private final Sessions sessions;
  private final WrongTokens attempts;
  private final AuditLog audit;

  /**
   * @param token what signs in; null: nothing does
   */
  Gatekeeper(@Nullable Secret token, Sessions sessions, Ticker ticker, AuditLog audit) {
    this.token = token == null ? null : KeyDigest.of(token.reveal());
    this.sessions = sessions;
    this.attempts = new WrongTokens(ticker);
    this.audit = audit;
  }

  /**
   * Lets a request pass unless there is no admin API and the path belongs to it.
   *
   * @throws Problem.Refused when it is so
   */
  void requireTurnedOn(Request request) {
    String path = request.path();
    boolean ofAdmin = path.equals("/") || path.startsWith("/admin/") || path.startsWith("/assets/");
    if (token == null && ofAdmin) {
      throw Problem.of(
              404,
              "Admin API and dashboard are off. Set ADMIN_TOKEN to a secret of at least 16"
                  + " characters and start the gateway again.")
          .refused();
    }
  }

  /**
   * Who asks.
   *
   * @throws Problem.Refused when they may not
   */
  Caller admit(Request request, Route route) {
    if (route.access() == Access.OPEN) {
      return Caller.NOBODY;
    }
    String authorization = request.header(HttpHeaderNames.AUTHORIZATION);
    // Another scheme is for a proxy on the way, and no attempt.
    if (authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return bearer(request, authorization.substring(BEARER.length()).strip());
    }
    String secret = SessionCookie.in(request);
    if (route.access() == Access.TOKEN || secret.isEmpty()) {
      throw unauthorized("The admin token is missing: send Authorization: Bearer <ADMIN_TOKEN>.");
    }
    Sessions.Session session = sessions.find(secret);
    if (session == null) {
      throw unauthorized("The session has ended. Sign in again.");
    }
    if (!route.method().equals("GET")) {
      SameSite.require(request);
    }
    return new Caller(session.name());
  }

  /** The digests are compared: that takes the same time wherever the tokens differ. */
  private Caller bearer(Request request, String presented) {
    // First of all: behind a proxy everybody shares the address of who has it wrong.
    if (token != null && token.equals(KeyDigest.of(presented))) {
      return Caller.TOKEN;
    }
    WrongTokens.Failure failure = attempts.failed(request.from());
    audit.wrongToken(request, failure);
    if (failure.ofAddress() > WrongTokens.MOST) {
      long seconds = Seconds.roundedUp(failure.left());
      throw Problem.of(
              429,
              "The admin token is wrong, and so were too many from this address. Try again in "
                  + seconds
                  + " s, or with the right one.")
          .with("retry-after", Long.toString(seconds))
          .refused();
    }
    throw unauthorized("The admin token is wrong.");
  }

  private static Problem.Refused unauthorized(String detail) {
    return Problem.of(401, detail).with("www-authenticate", "Bearer realm=\"tallygate\"").refused();
  }
}
