package dev.tallygate.admin;

import dev.tallygate.keys.FieldError;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Why a request is refused, as problem details (RFC 9457). The type is {@code about:blank}: the
 * status says which kind it is, the detail says to a person what to do.
 *
 * @param errors what is wrong with which field of a body or parameter of a query; empty when it is
 *     not about them
 * @param headers further response headers
 */
record Problem(int status, String detail, List<FieldError> errors, Map<String, String> headers) {
  private static final String CONTENT_TYPE = "application/problem+json";

  /** Stops the handling of a request. Stackless: it is an answer, not a bug. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Problem problem;

    private Refused(Problem problem) {
      super(problem.detail(), null, false, false);
      this.problem = problem;
    }

    Problem problem() {
      return problem;
    }
  }

  static Problem of(int status, String detail) {
    return new Problem(status, detail, List.of(), Map.of());
  }

  /** Values that cannot be taken, every one of them. */
  static Problem unprocessable(List<FieldError> errors) {
    String detail =
        errors.size() == 1
            ? errors.getFirst().field() + ": " + errors.getFirst().message()
            : errors.size() + " values cannot be taken; errors names each";
    return new Problem(422, detail, List.copyOf(errors), Map.of());
  }

  Problem with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Problem(status, detail, errors, more);
  }

  Refused refused() {
    return new Refused(this);
  }

  Reply reply() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("type", "about:blank");
    body.put("title", HttpResponseStatus.valueOf(status).reasonPhrase());
    body.put("status", status);
    body.put("detail", detail);
    if (!errors.isEmpty()) {
      ArrayNode list = body.putArray("errors");
      for (FieldError error : errors) {
        list.addObject().put("field", error.field()).put("message", error.message());
      }
    }
    return new Reply(status, CONTENT_TYPE, Reply.bytes(body), headers);
  }
}
