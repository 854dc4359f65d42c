package dev.tallygate.proxy;

import dev.tallygate.upstream.AccountState;
import java.time.Duration;
import java.util.Map;

/** What a client is told when the upstream fails it. */
final class UpstreamErrors {
  static final ApiError UNREACHABLE =
      error(
          502,
          "upstream_error",
          "upstream_unreachable",
          "api_error",
          "The gateway cannot reach the model provider. Try again in a moment; if it persists, ask the"
              + " gateway's operator to check the upstream address and network.");
  static final ApiError CONNECT_TIMEOUT =
      error(
          504,
          "upstream_timeout",
          "upstream_connect_timeout",
          "timeout_error",
          "The model provider did not accept a connection in time. Try again in a moment.");
  static final ApiError HEADER_TIMEOUT =
      error(
          504,
          "upstream_timeout",
          "upstream_header_timeout",
          "timeout_error",
          "The model provider did not begin to answer in time. Try again, ask for a shorter answer, or"
              + " stream it.");
  static final ApiError IDLE_TIMEOUT =
      error(
          504,
          "upstream_timeout",
          "upstream_idle_timeout",
          "timeout_error",
          "The model provider fell silent in the middle of its answer. Try again.");
  static final ApiError CLOSED =
      error(
          502,
          "upstream_error",
          "upstream_closed",
          "api_error",
          "The model provider closed the connection without a complete answer. Try again.");
  static final ApiError NOT_UNDERSTOOD =
      error(
          502,
          "upstream_error",
          "upstream_invalid_response",
          "api_error",
          "The model provider's answer was not valid HTTP. Try again; if it persists, ask the gateway's"
              + " operator to check the upstream address.");
  static final ApiError CREDENTIAL_REFUSED =
      error(
          502,
          "upstream_error",
          "upstream_credential_refused",
          "api_error",
          "The model provider refused the gateway's own credential; your key is fine. Ask the gateway's"
              + " operator to check it.");
  static final ApiError HOLDER_CREDENTIAL_REFUSED =
      error(
          502,
          "upstream_error",
          "upstream_credential_refused",
          "api_error",
          "The model provider refused the upstream credential stored for your key; the gateway key itself"
              + " is fine. Ask the gateway's operator to replace the key's upstream credential.");

  static final ApiError BUSY =
      error(
              503,
              "api_error",
              "upstream_busy",
              "api_error",
              "As many calls as may be are with the model provider already. Try again in a moment.")
          .withRetryAfter(Duration.ofSeconds(1));

  private UpstreamErrors() {}

  /** The circuit breaker is open. */
  static ApiError notTried(Duration retryAfter) {
    return error(
            503,
            "api_error",
            "upstream_unavailable",
            "api_error",
            "The model provider has given no sign of life lately, so the gateway leaves it alone for the"
                + " moment. Try again in a little while.")
        .withRetryAfter(retryAfter);
  }

  /** The provider's quota of the account is used up, not the key's. */
  static ApiError accountSpent(AccountState.Spent spent) {
    return spent(
        spent,
        "The account at the model provider has used up its quota until "
            + spent.until()
            + "; your key's own quota is not what is missing. Try again then.");
  }

  /** That of a part of the account's plan is; the provider does not say which. */
  static ApiError partSpent(AccountState.Spent spent, int code) {
    return spent(
        spent,
        "A part of the account's plan at the model provider that this call needs, such as its model, is"
            + " used up until "
            + spent.until()
            + " (its code "
            + code
            + "); your key's own quota is not what is missing. Try again then, or with another model.");
  }

  private static ApiError spent(AccountState.Spent spent, String message) {
    return new ApiError(
            429,
            "rate_limit_exceeded",
            "upstream_quota_exhausted",
            "upstream_quota_exhausted",
            "rate_limit_error",
            message,
            Map.of("resets_at", spent.until().toString()),
            Map.of())
        .withRetryAfter(spent.left());
  }

  /** The provider does not serve the account. */
  static ApiError accountRefused(int code, boolean holders) {
    return error(
            502,
            "upstream_error",
            "upstream_account_refused",
            "api_error",
            (holders
                    ? "The model provider does not serve the account whose credential is stored for your"
                        + " key (its code "
                    : "The model provider does not serve the gateway's account at the moment (its code ")
                + code
                + "); the gateway key itself is fine. Ask the gateway's operator to look at the account.")
        .withHeader("x-should-retry", "false");
  }

  private static ApiError error(
      int status, String type, String code, String anthropicType, String message) {
    return new ApiError(status, type, code, anthropicType, message);
  }
}
