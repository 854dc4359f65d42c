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
 * the client is told that its key is not at fault, and the operator, once, what is. Confined to the
 * exchange's event loop.
 */
final class AccountErrors {
  private static final Logger LOG = LoggerFactory.getLogger(AccountErrors.class);

  private final Upstream upstream;
  private final Exchange exchange;
  private final Secret credential;
  private final @Nullable ApiKey holder;

  AccountErrors(Upstream upstream, Exchange exchange, Secret credential) {
    this.upstream = upstream;
    this.exchange = exchange;
    this.credential = credential;
    ApiKey key = exchange.key();
    this.holder = key != null && key.upstreamKey() != null ? key : null;
  }

  /** The upstream has done what it was asked for, by a call that was made at the given time. */
  void served(long sinceNanos) {
    // That it lists its models says nothing of whether it would run one.
    if (exchange.expectsUsage() && upstream.account().served(credential, sinceNanos)) {
      LOG.info("upstream {} serves {} again", host(), account());
    }
  }

  /** The upstream has refused the credential with 401 or 403. */
  ApiError credentialRefused(int status) {
    if (isNews(status, status == 401)) {
      LOG.error(
          "upstream {} refuses {} with {}: calls fail until its credential is replaced",
          host(),
          account(),
          status);
    }
    return holder == null
        ? UpstreamErrors.CREDENTIAL_REFUSED
        : UpstreamErrors.HOLDER_CREDENTIAL_REFUSED;
  }

  /** What the client is told instead of the error, or null where that is the call's own. */
  @Nullable ApiError instead(ZaiError error) {
    return switch (error.meaning()) {
      case ACCOUNT_SPENT -> spent(error);
      case PART_SPENT -> partSpent(error);
      case ACCOUNT_REFUSED -> {
        if (isNews(error.code(), error.isOfCredential())) {
          LOG.error(
              "upstream {} does not serve {}: code {}; calls fail until that is seen to",
              host(),
              account(),
              error.code());
        }
        yield UpstreamErrors.accountRefused(error.code(), holder != null);
      }
      case BUSY, OTHER -> null;
    };
  }

  private @Nullable ApiError spent(ZaiError error) {
    AccountState.Spent spent = upstream.account().until(error.resetAt());
    if (spent == null) {
      return null;
    }
    if (upstream.account().spend(credential, spent)) {
      LOG.warn(
          "upstream {}: the quota of {} is used up until {} (code {})",
          host(),
          account(),
          spent.until(),
          error.code());
    }
    return UpstreamErrors.accountSpent(spent);
  }

  private @Nullable ApiError partSpent(ZaiError error) {
    AccountState.Spent spent = upstream.account().until(error.resetAt());
    return spent == null ? null : UpstreamErrors.partSpent(spent, error.code());
  }

  /**
   * What a call that uses no tokens is refused with may be about such calls alone, unless it is
   * about the credential, which is one for all.
   */
  private boolean isNews(int code, boolean ofCredential) {
    return (ofCredential || exchange.expectsUsage())
        && upstream.account().refused(credential, code);
  }

  private String host() {
    return upstream.target().hostHeader();
  }

  private String account() {
    return holder == null ? "the gateway's account" : "the account of key " + holder.id();
  }
}
