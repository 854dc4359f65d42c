package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Seconds;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer the gateway gives instead of the upstream's, in the shape of the API that was called:
 * OpenAI's {@code {"error":{message,type,param,code}}} or Anthropic's {@code
 * {"type":"error","error":{type,message},"request_id"}}. Every message says what to do next.
 * Immutable.
 *
 * @param status the HTTP status
 * @param openAiType {@code error.type} for OpenAI clients
 * @param code {@code error.code} for OpenAI clients
 * @param reason the same, but told apart where clients know one code for several: what operators
 *     are told
 * @param anthropicType {@code error.type} for Anthropic clients
 * @param message what happened and what to do next, for a person
 * @param details further members of {@code error}, numbers or strings
 * @param headers further response headers
 */
public record ApiError(
    int status,
    String openAiType,
    String code,
    String reason,
    String anthropicType,
    String message,
    Map<String, Object> details,
    Map<String, String> headers) {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final long LONGEST_HEEDED_SECONDS = 60;

  /** An error with neither details nor headers. */
  public ApiError(
      int status, String openAiType, String code, String anthropicType, String message) {
    this(status, openAiType, code, code, anthropicType, message, Map.of(), Map.of());
  }

  /** The same error with one more response header. */
  public ApiError withHeader(String name, String value) {
    Map<String, String> more = new java.util.LinkedHashMap<>(headers);
    more.put(name, value);
    return new ApiError(status, openAiType, code, reason, anthropicType, message, details, more);
  }

  /** The same error with the time after which it is worth coming back. */
  public ApiError withRetryAfter(Duration time) {
    long seconds = wholeSeconds(time);
    ApiError told = withHeader("retry-after", Long.toString(seconds));
    // Some SDKs ignore a long Retry-After and would hammer.
    return seconds > LONGEST_HEEDED_SECONDS ? told.withHeader("x-should-retry", "false") : told;
  }

  /** A time to wait in seconds, at least one. */
  public static long wholeSeconds(Duration time) {
    return Math.max(1, Seconds.roundedUp(time));
  }

  /** The JSON body, UTF-8. */
  public byte[] body(ApiFormat format, String requestId) {
    return MAPPER.writeValueAsBytes(tree(format, requestId));
  }

  /** The error as the format's own event within a stream that has begun, blank line included. */
  public byte[] event(ApiFormat format, String requestId) {
    String data = MAPPER.writeValueAsString(tree(format, requestId));
    String name = format == ApiFormat.ANTHROPIC ? "event: error\n" : "";
    return (name + "data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  private ObjectNode tree(ApiFormat format, @Nullable String requestId) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ObjectNode error;
    if (format == ApiFormat.ANTHROPIC) {
      root.put("type", "error");
      error = root.putObject("error").put("type", anthropicType).put("message", message);
      root.put("request_id", requestId);
    } else {
      error = root.putObject("error").put("message", message).put("type", openAiType);
      error.putNull("param").put("code", code);
    }
    details.forEach(error::putPOJO);
    return root;
  }
}
