package dev.tallygate.app;

import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.store.ChangedKeys;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.store.UsageImport;
import dev.tallygate.store.UsageSource;
import dev.tallygate.store.UsageWindow;
import dev.tallygate.store.ledger.Account;
import dev.tallygate.store.ledger.SqliteLedger;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * What the key file shows of usage and what ledger and quota know of it, each told of the other: a
 * key that neither knew brings its usage along, any other entry is corrected where it is wrong.
 */
final class LedgerUsage implements UsageSource, UsageImport {
  /** The length of the windows that the key file shows. */
  private static final Duration STEP = Duration.ofMinutes(5);

  private final SqliteLedger ledger;
  private final QuotaEnforcer quota;
  private final ChangedKeys changed;

  LedgerUsage(SqliteLedger ledger, QuotaEnforcer quota, ChangedKeys changed) {
    this.ledger = ledger;
    this.quota = quota;
    this.changed = changed;
  }

  @Override
  public KeyUsage usage(String keyId) {
    Account account = ledger.account(keyId);
    List<UsageWindow> windows =
        quota.sums(keyId, STEP).stream()
            .map(sum -> new UsageWindow(Instant.ofEpochMilli(sum.startEpochMillis()), sum.tokens()))
            .toList();
    return new KeyUsage(account.tokens(), account.lastUsed(), windows);
  }

  @Override
  public Collection<String> usedKeys() {
    return ledger.usedKeys();
  }

  @Override
  public void shown(String keyId, KeyUsage usage) {
    if (ledger.importOnce(keyId, usage)) {
      for (UsageWindow window : usage.windows()) {
        quota.used(keyId, window.start().toEpochMilli(), window.tokens());
      }
    } else if (usage.lifetimeTokens() != ledger.account(keyId).tokens()) {
      // An editor has put back what it had read before.
      changed.add(keyId);
    }
  }
}
