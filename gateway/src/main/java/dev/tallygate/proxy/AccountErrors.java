package dev.tallygate.proxy;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Secret;
import dev.tallygate.upstream.AccountState;
import dev.tallygate.upstream.ZaiError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Errors of an upstream that are about the account which a call was made with, not about the call:
 * the operator is told, and the client that its key is not at fault. Confined to the exchange's
 * event loop.
 */
final class AccountErrors {
  private static final Logger LOG = LoggerFactory.getLogger(AccountErrors.class);

  private final Upstream upstream;
  private final Secret credential;
  private final boolean holders;

  AccountErrors(Upstream upstream, Exchange exchange, Secret credential) {
    this.upstream = upstream;
    this.credential = credential;
    ApiKey key = exchange.key();
    this.holders = key != null && key.upstreamKey() != null;
  }

  /** The upstream has done what it was asked for. */
  void served() {
    if (!holders) {
      upstream.account().served();
    }
  }

  /** The upstream has refused the credential with 401 or 403. */
  ApiError credentialRefused(int status) {
    LOG.error(
        "upstream {} refused {} with {}: calls fail until it is replaced",
        host(),
        holders ? "the upstream key of a user" : "the gateway's credential",
        status);
    remember(status);
    return holders ? UpstreamErrors.HOLDER_CREDENTIAL_REFUSED : UpstreamErrors.CREDENTIAL_REFUSED;
  }

  /** What the client is told instead of the error, or null where that is the call's own. */
  @Nullable ApiError instead(ZaiError error) {
    return switch (error.meaning()) {
      case ACCOUNT_SPENT, PART_SPENT -> spent(error);
      case ACCOUNT_REFUSED -> {
        remember(error.code());
        LOG.error(
            "upstream {} does not serve {}: code {}; calls fail until that is seen to",
            host(),
            account(),
            error.code());
        yield UpstreamErrors.accountRefused(error.code(), holders);
      }
      case BUSY, OTHER -> null;
    };
  }

  private @Nullable ApiError spent(ZaiError error) {
    AccountState.Spent spent = upstream.account().until(error.resetAt());
    if (spent == null) {
      return null;
    }
    if (error.meaning() == ZaiError.Meaning.ACCOUNT_SPENT) {
      upstream.account().spend(credential, spent);
    }
    LOG.warn(
        "upstream {}: the quota of {} is used up until {} (code {})",
        host(),
        account(),
        spent.until(),
        error.code());
    return UpstreamErrors.accountSpent(spent);
  }

  private void remember(int code) {
    if (!holders) {
      upstream.account().refused(code);
    }
  }

  private String host() {
    return upstream.target().hostHeader();
  }

  private String account() {
    return holders ? "a user's own account" : "the gateway's account";
  }
}
