package dev.tallygate.admin;

import dev.tallygate.keys.JsonFields;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Locale;
import java.util.Set;

/** Takes a request's body for fields. */
final class Fields {
  private Fields() {}

  /**
   * The fields of a body; none where it is empty.
   *
   * @param types which media types it may have
   * @param known which fields there may be
   * @throws Problem.Refused when it is no JSON object
   */
  static JsonFields of(Request request, Set<String> types, Set<String> known) {
    String type =
        request
            .header(HttpHeaderNames.CONTENT_TYPE)
            .replaceFirst(";.*", "")
            .strip()
            .toLowerCase(Locale.ROOT);
    if (!request.body().isEmpty() && !types.contains(type)) {
      throw Problem.of(415, "Send the body as " + String.join(" or ", types) + ".").refused();
    }
    try {
      return JsonFields.parse(request.body(), known);
    } catch (JsonFields.MalformedException e) {
      throw Problem.of(400, "The body " + e.getMessage() + ".").refused();
    }
  }
}
