package dev.tallygate.demo;

import dev.tallygate.model.ApiFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An error as the vendors answer it.
 *
 * @param zaiCode Z.AI's own code, a string of digits; its body has the same shape on both APIs.
 *     Null for OpenAI's and Anthropic's shapes
 */
record VendorError(int status, @Nullable String zaiCode, String message) {
  /** What a 429 says in {@code retry-after}, in seconds. */
  static final int RETRY_AFTER_SECONDS = 7;

  private static final String PREFIX = "error-";
  private static final String ZAI_PREFIX = "error-zai-";
  private static final DateTimeFormatter BEIJING =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withZone(ZoneId.of("Asia/Shanghai"));

  static VendorError of(int status, String message) {
    return new VendorError(status, null, message);
  }

  /**
   * The error that a trigger asks for: {@code error-<status>} or {@code error-zai-<code>}; null for
   * any other text.
   */
  static @Nullable VendorError askedFor(String trigger, Instant now) {
    if (trigger.startsWith(ZAI_PREFIX)) {
      return zai(trigger.substring(ZAI_PREFIX.length()), now);
    }
    if (trigger.matches(PREFIX + "[45]\\d\\d")) {
      int status = Integer.parseInt(trigger.substring(PREFIX.length()));
      return of(status, "Simulated error " + status + ".");
    }
    return null;
  }

  private static VendorError zai(String code, Instant now) {
    int status =
        switch (code) {
          case "1000", "1001", "1002", "1003", "1004" -> 401;
          case "1211", "1261", "1301" -> 400;
          default -> 429;
        };
    String message =
        switch (code) {
          case "1302" -> "High concurrency usage of this API, please reduce concurrency";
          case "1308" ->
              "Usage limit reached for 5 hour. Your limit will reset at "
                  + BEIJING.format(now.plus(Duration.ofHours(1)));
          default -> "Simulated error with code " + code;
        };
    return new VendorError(status, code, message);
  }

  ObjectNode body(ApiFormat format, String requestId) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (zaiCode != null) {
      body.putObject("error").put("code", zaiCode).put("message", message);
    } else if (format == ApiFormat.ANTHROPIC) {
      body.put("type", "error");
      body.putObject("error").put("type", anthropicType()).put("message", message);
      body.put("request_id", requestId);
    } else {
      ObjectNode error = body.putObject("error").put("message", message).put("type", openAiType());
      error.putNull("param").put("code", openAiCode());
    }
    return body;
  }

  private String anthropicType() {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 529 -> "overloaded_error";
      default -> status < 500 ? "invalid_request_error" : "api_error";
    };
  }

  private String openAiType() {
    if (status == 429) {
      return "requests";
    }
    return status < 500 ? "invalid_request_error" : "server_error";
  }

  private @Nullable String openAiCode() {
    return switch (status) {
      case 401 -> "invalid_api_key";
      case 404 -> "model_not_found";
      case 429 -> "rate_limit_exceeded";
      default -> null;
    };
  }
}
