package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;

/** Signing in, asking whether one is, and signing out. */
final class SessionRoutes {
  static final String PATH = "/admin/v1/session";

  private final Sessions sessions;
  private final AuditLog audit;

  SessionRoutes(Sessions sessions, AuditLog audit) {
    this.sessions = sessions;
    this.audit = audit;
  }

  List<Route> routes() {
    return List.of(
        new Route("POST", PATH, Access.TOKEN, this::begin),
        new Route("GET", PATH, Access.SIGNED_IN, this::tell),
        new Route("DELETE", PATH, Access.SIGNED_IN, this::end));
  }

  private Reply begin(Call call) {
    Sessions.Begun begun = sessions.begin();
    audit.changed(
        new Call(call.request(), call.parameters(), new Caller(begun.session().name())),
        "session.begin");
    return Reply.empty(204)
        .with(
            HttpHeaderNames.SET_COOKIE.toString(),
            SessionCookie.set(begun.secret(), call.request()));
  }

  /** A token by itself is no session. */
  private Reply tell(Call call) {
    Sessions.Session session = sessions.find(SessionCookie.in(call.request()));
    if (session == null) {
      throw Problem.of(401, "There is no session: sign in with POST.").refused();
    }
    return Reply.json(
        200,
        JsonNodeFactory.instance.objectNode().put("expires_at", session.expiresAt().toString()));
  }

  private Reply end(Call call) {
    sessions.end(SessionCookie.in(call.request()));
    audit.changed(call, "session.end");
    return Reply.empty(204)
        .with(HttpHeaderNames.SET_COOKIE.toString(), SessionCookie.remove(call.request()));
  }
}
