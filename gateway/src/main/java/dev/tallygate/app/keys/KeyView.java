package dev.tallygate.app.keys;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A key as the admin API shows it; one of a file lacks what only a running gateway knows. */
record KeyView(ObjectNode json) {
  String id() {
    return json.path("id").asString("");
  }

  String name() {
    return json.path("name").asString("");
  }

  /** {@code active}, {@code disabled} or {@code expired}. */
  String status() {
    return json.path("status").asString("");
  }

  /** How messages name it. */
  String label() {
    return name().isEmpty() ? id() : id() + " (" + name() + ")";
  }

  long limit() {
    return json.path("token_limit_per_5h").asLong(0);
  }

  long used() {
    return json.path("usage").path("used").asLong(0);
  }

  /** A member's text, or null where it is absent or null. */
  @Nullable String text(String member) {
    return text(json.path(member));
  }

  @Nullable String usageText(String member) {
    return text(json.path("usage").path(member));
  }

  /** The models that calls are made with, in few words. */
  String models() {
    String model = text("model");
    if (model != null) {
      return model.equals("*") ? "any" : model;
    }
    StringBuilder list = new StringBuilder();
    json.path("models")
        .forEach(each -> list.append(list.isEmpty() ? "" : ",").append(each.asString("")));
    return list.isEmpty() ? "default" : list.toString();
  }

  /** A time to the second, empty where there is none. */
  static String time(@Nullable String rfc3339) {
    return rfc3339 == null ? "" : Instant.parse(rfc3339).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static @Nullable String text(JsonNode value) {
    return value.isMissingNode() || value.isNull() ? null : value.asString();
  }
}
