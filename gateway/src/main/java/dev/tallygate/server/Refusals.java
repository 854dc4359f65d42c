package dev.tallygate.server;

import dev.tallygate.auth.AuthResult;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.quota.Admission;
import dev.tallygate.route.Route;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** Everything the gateway refuses of itself: one place for status, codes and wording. */
final class Refusals {
  private static final String INVALID = "invalid_request_error";
  private static final String PERMISSION = "permission_error";

  /** Told to clients that would otherwise come back with what cannot succeed. */
  private static final String SHOULD_RETRY = "x-should-retry";

  static final ApiError MISSING_KEY =
      new ApiError(
              401,
              INVALID,
              "missing_api_key",
              "authentication_error",
              "No API key was sent. Put your gateway key into the header 'Authorization: Bearer <key>' or"
                  + " 'x-api-key: <key>'.")
          .withHeader(SHOULD_RETRY, "false");
  static final ApiError UNKNOWN_KEY =
      new ApiError(
              401,
              INVALID,
              "invalid_api_key",
              "authentication_error",
              "This API key is not known here. Check that it was copied whole, or ask the gateway's operator"
                  + " for a new one.")
          .withHeader(SHOULD_RETRY, "false");
  static final ApiError STORE_UNAVAILABLE =
      new ApiError(
              503,
              "api_error",
              "key_store_unavailable",
              "api_error",
              "The gateway cannot check keys at the moment; yours may well be fine. Try again in a moment.")
          .withHeader("retry-after", "1");
  static final ApiError NOT_CONFIGURED =
      new ApiError(
          503,
          "api_error",
          "upstream_not_configured",
          "api_error",
          "The gateway has no credential for the model provider. Ask its operator to set ZAI_API_KEY.");
  static final ApiError NO_ROOM_FOR_BODY =
      new ApiError(
              503,
              "api_error",
              "out_of_body_memory",
              "api_error",
              "The gateway is holding as many request bodies as it may. Try again in a moment.")
          .withHeader("retry-after", "1");
  static final ApiError TOO_MANY_CONNECTIONS =
      new ApiError(
              503,
              "api_error",
              "too_many_connections",
              "api_error",
              "The gateway accepts no more connections at the moment. Try again in a moment.")
          .withHeader("retry-after", "1");
  static final ApiError TOO_MANY_CONNECTIONS_OF_ADDRESS =
      new ApiError(
              503,
              "api_error",
              "too_many_connections",
              "api_error",
              "The gateway accepts no more connections from your address at the moment. Close some, or"
                  + " use them for more than one call.")
          .withHeader("retry-after", "1");
  static final ApiError TOO_MANY_CALLS =
      new ApiError(
              503,
              "api_error",
              "too_many_calls",
              "api_error",
              "The gateway takes no more calls at the moment. Try again in a moment.")
          .withHeader("retry-after", "1");
  static final ApiError INTERNAL =
      new ApiError(
          500,
          "api_error",
          "internal_error",
          "api_error",
          "The gateway made a mistake; the request id is in its log. Try again, and tell the operator if"
              + " it persists.");
  static final ApiError NOT_FOUND =
      new ApiError(
          404,
          INVALID,
          "not_found",
          "not_found_error",
          "There is nothing at this path. OpenAI clients use <gateway>/v1 as base URL, Anthropic clients"
              + " <gateway>; GET / lists the gateway's own endpoints.");
  static final ApiError ASYNCHRONOUS =
      new ApiError(
          400,
          INVALID,
          "asynchronous_call",
          INVALID,
          "The gateway counts tokens as answers pass through it, and the answer to this call would come"
              + " another way. Make the calls one by one, streamed or not.");
  static final ApiError BAD_PATH =
      new ApiError(
          400,
          INVALID,
          "invalid_path",
          INVALID,
          "The path holds a '.' or '..' segment, plain or encoded. Send the path as the API documents"
              + " it.");
  static final ApiError NO_MODEL =
      new ApiError(
          400,
          INVALID,
          "missing_model",
          INVALID,
          "The request names no model, and neither your key nor the gateway sets one. Add a 'model'"
              + " member to the body.");
  static final ApiError COMPRESSED_BODY =
      new ApiError(
          415,
          INVALID,
          "unsupported_content_encoding",
          INVALID,
          "The body is compressed. Send it without a Content-Encoding.");
  static final ApiError REQUEST_TIMEOUT =
      new ApiError(
          408,
          INVALID,
          "request_timeout",
          INVALID,
          "The request took too long to arrive. Send it again.");
  static final ApiError MALFORMED =
      new ApiError(
          400,
          INVALID,
          "malformed_request",
          INVALID,
          "This is not a well-formed HTTP/1.1 request. Check the client or what lies between.");
  static final ApiError HOST =
      new ApiError(
          400,
          INVALID,
          "invalid_host",
          INVALID,
          "The request does not have exactly one Host header with a host in it. Check the client or what"
              + " lies between.");
  static final ApiError CREDENTIALS =
      new ApiError(
          400,
          INVALID,
          "ambiguous_credentials",
          INVALID,
          "The request has more than one Authorization or x-api-key header. Send each once at most.");
  static final ApiError URI_TOO_LONG =
      new ApiError(
          414, INVALID, "uri_too_long", INVALID, "The request line is too long. Shorten the URL.");
  static final ApiError HEADERS_TOO_LARGE =
      new ApiError(
          431,
          INVALID,
          "headers_too_large",
          INVALID,
          "The request's headers are too large or too many. Send fewer or shorter ones.");
  static final ApiError EXPECTATION =
      new ApiError(
          417,
          INVALID,
          "unknown_expectation",
          INVALID,
          "The Expect header asks for what the gateway does not know. Send none, or 100-continue.");
  static final ApiError TRANSFER_CODING =
      new ApiError(
          501,
          INVALID,
          "unsupported_transfer_encoding",
          INVALID,
          "The gateway knows no Transfer-Encoding but chunked. Send the body without another.");
  static final ApiError HTTP_VERSION =
      new ApiError(
          505,
          INVALID,
          "unsupported_http_version",
          INVALID,
          "The gateway speaks HTTP/1.1 and HTTP/1.0. Use one of them.");

  private Refusals() {}

  /** Anything but {@link AuthResult.Authenticated}. */
  static ApiError unauthenticated(AuthResult result) {
    return switch (result) {
      case AuthResult.Unauthenticated none -> none.presented() ? UNKNOWN_KEY : MISSING_KEY;
      case AuthResult.Forbidden refused -> forbidden(refused);
      case AuthResult.Unavailable _ -> STORE_UNAVAILABLE;
      case AuthResult.Authenticated _ -> throw new IllegalArgumentException("nothing to refuse");
    };
  }

  private static ApiError forbidden(AuthResult.Forbidden refused) {
    return switch (refused.reason()) {
      case EXPIRED ->
          new ApiError(
              403,
              PERMISSION,
              "key_expired",
              PERMISSION,
              "This API key expired on "
                  + refused.key().expiresAt()
                  + ". Ask the gateway's operator to extend it.");
      case DISABLED ->
          new ApiError(
              403,
              PERMISSION,
              "key_disabled",
              PERMISSION,
              "This API key is disabled. Ask the gateway's operator to enable it.");
    };
  }

  static ApiError noRoute(Route.NoRoute none) {
    return switch (none.reason()) {
      case NOT_FOUND -> NOT_FOUND;
      case ASYNCHRONOUS -> ASYNCHRONOUS;
      case BAD_PATH -> BAD_PATH;
      case METHOD_NOT_ALLOWED -> methodNotAllowed(none.allowed());
    };
  }

  static ApiError methodNotAllowed(Collection<String> allowed) {
    String list = String.join(", ", allowed);
    return new ApiError(
            405,
            INVALID,
            "method_not_allowed",
            INVALID,
            "This method is not allowed here. Use " + list + ".")
        .withHeader("allow", list);
  }

  static ApiError modelNotAllowed(Collection<String> allowed) {
    return new ApiError(
        403,
        PERMISSION,
        "model_not_allowed",
        PERMISSION,
        "Your key may not use this model. Ask for one of: " + String.join(", ", allowed) + ".");
  }

  static ApiError modelNotVisible(Collection<String> allowed) {
    return new ApiError(
        403,
        PERMISSION,
        "model_not_allowed",
        PERMISSION,
        "Your key is limited to "
            + String.join(", ", allowed)
            + ", and the gateway can only see the model in a JSON body. Send JSON, or ask the"
            + " gateway's operator for a key without a list of models.");
  }

  /** What cannot be recorded is not served. */
  static ApiError ledgerUnavailable(String reason) {
    return new ApiError(
            503,
            "api_error",
            "ledger_unavailable",
            "api_error",
            "The gateway cannot record usage at the moment ("
                + reason
                + "), and serves nothing that it cannot record. Try again in a moment; if it persists,"
                + " tell the gateway's operator.")
        .withHeader("retry-after", "2");
  }

  /** A strict quota has to be able to hold the worst that a call can cost. */
  static ApiError neverFits(Admission.NeverFits call) {
    return new ApiError(
        400,
        INVALID,
        "exceeds_token_limit",
        INVALID,
        "This call may cost up to "
            + call.worstCase()
            + " tokens, and your key's limit of "
            + call.tokensLimit()
            + " per 5 hours is strict. "
            + (call.saysMaxOutput()
                ? "Send less, or set a smaller maximum of output tokens."
                : "Set max_tokens, or whatever your API calls the maximum of output tokens; where it has"
                    + " none, ask the gateway's operator for a key whose limit is not strict."));
  }

  static ApiError invalidBody(String reason) {
    return new ApiError(400, INVALID, "invalid_body", INVALID, reason);
  }

  static ApiError bodyTooLarge(long limit) {
    return new ApiError(
        413,
        INVALID,
        "request_too_large",
        "request_too_large",
        "The request body is larger than " + limit + " bytes. Send a smaller one.");
  }

  /** A message that is not HTTP, or larger than the gateway reads. */
  static ApiError malformed(HttpObject message) {
    Throwable cause = message.decoderResult().cause();
    if (cause instanceof TooLongHttpHeaderException) {
      return HEADERS_TOO_LARGE;
    }
    // A line within a body that is too long is no URL.
    return cause instanceof TooLongHttpLineException && message instanceof HttpRequest
        ? URI_TOO_LONG
        : MALFORMED;
  }

  /** An address that has presented unknown keys, as many as it may in a minute. */
  static ApiError tooManyUnknownKeys(Duration wait) {
    return new ApiError(
            429,
            "rate_limit_exceeded",
            "too_many_unknown_keys",
            "rate_limit_error",
            "Your address has presented many keys that are not known here. Check the key, and try again in "
                + ApiError.wholeSeconds(wait)
                + " s.")
        .withRetryAfter(wait);
  }

  /** A limit of the key is reached. */
  static ApiError rejected(Admission.Rejected rejected) {
    long seconds = ApiError.wholeSeconds(rejected.retryAfter());
    Map<String, Object> details = new LinkedHashMap<>();
    String message =
        switch (rejected.limit()) {
          case TOKENS -> {
            details.put("tokens_used", rejected.tokensUsed());
            details.put("tokens_limit", rejected.tokensLimit());
            details.put("window_ends_at", rejected.windowEndsAt().toString());
            String reserved =
                rejected.tokensReserved() == 0
                    ? ""
                    : ", " + rejected.tokensReserved() + " reserved for calls that are running";
            yield "Your key has no tokens left for this call: "
                + rejected.tokensUsed()
                + " of "
                + rejected.tokensLimit()
                + " per 5 hours are used"
                + reserved
                + ". Try again in "
                + seconds
                + " s.";
          }
          case REQUESTS ->
              "Your key's requests per minute are used up. Try again in " + seconds + " s.";
          case CONCURRENCY -> "Your key has as many calls running as it may. Wait for one to end.";
        };
    return new ApiError(
            429,
            "rate_limit_exceeded",
            "rate_limit_exceeded",
            reason(rejected.limit()),
            "rate_limit_error",
            message,
            details,
            Map.of())
        .withRetryAfter(rejected.retryAfter());
  }

  /** The limit's name among the fields of a key. */
  private static String reason(Admission.Limit limit) {
    return switch (limit) {
      case TOKENS -> "token_limit_per_5h";
      case REQUESTS -> "requests_per_minute";
      case CONCURRENCY -> "max_concurrent";
    };
  }
}
