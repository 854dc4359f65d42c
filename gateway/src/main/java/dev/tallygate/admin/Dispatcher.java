package dev.tallygate.admin;

import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.keys.BadFieldsException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers whole requests: finds the operation, asks whether the caller may, and turns whatever goes
 * wrong into a problem. Thread-safe; blocks.
 */
final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  /** What every answer has unless it says otherwise itself: nothing is kept, framed or guessed. */
  private static final Map<String, String> ALWAYS =
      Map.of(
          "cache-control", "no-store",
          "content-security-policy", "default-src 'none'; frame-ancestors 'none'",
          "cross-origin-resource-policy", "same-origin",
          "referrer-policy", "no-referrer",
          "x-content-type-options", "nosniff");

  private final Routes routes;
  private final HostCheck hosts;
  private final Gatekeeper gatekeeper;

  Dispatcher(Routes routes, HostCheck hosts, Gatekeeper gatekeeper) {
    this.routes = routes;
    this.hosts = hosts;
    this.gatekeeper = gatekeeper;
  }

  Reply answer(Request request) {
    Reply reply = handled(request);
    Map<String, String> headers = new LinkedHashMap<>(ALWAYS);
    headers.putAll(reply.headers());
    return new Reply(reply.status(), reply.contentType(), reply.body(), headers);
  }

  private Reply handled(Request request) {
    try {
      hosts.check(request);
      gatekeeper.requireTurnedOn(request);
      Routes.Match match = routes.match(request.method(), request.path());
      Caller caller = gatekeeper.admit(request, match.route());
      return match.route().handler().answer(new Call(request, match.parameters(), caller));
    } catch (Problem.Refused e) {
      return e.problem().reply();
    } catch (BadFieldsException e) {
      return Problem.unprocessable(e.errors()).reply();
    } catch (StoreUnavailableException e) {
      return Problem.of(503, "The keys cannot be read at the moment; /health says why.").reply();
    } catch (IOException e) {
      return Problem.of(503, String.valueOf(e.getMessage())).reply();
    } catch (Throwable e) {
      // An Error too: else nobody would ever answer this connection.
      LOG.error("unexpected failure of {} {}", request.method(), request.path(), e);
      return Problem.of(500, "This is a bug in Tallygate; its log has the details.").reply();
    }
  }
}
