package dev.tallygate.store;

import dev.tallygate.model.Ticker;
import dev.tallygate.quota.UsageHistory;
import dev.tallygate.usage.UsageLedger;
import dev.tallygate.usage.UsageRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in memory, as durable as the mirror that copies it into the key file. Commits at once.
 * Thread-safe: a record locks its own key's account only. A key that was never used is not in it.
 */
public final class MemoryLedger implements UsageLedger, UsageHistory, UsageImport {
  private final Ticker ticker;
  private final ConcurrentHashMap<String, Account> accounts = new ConcurrentHashMap<>();
  // Ids whose usage the key file does not show yet.
  private final Set<String> dirty = ConcurrentHashMap.newKeySet();

  /** An empty ledger. */
  public MemoryLedger(Ticker ticker) {
    this.ticker = ticker;
  }

  @Override
  public void record(UsageRecord usage, Runnable committed) {
    account(usage.keyId()).record(usage.epochMillis(), usage.usage().total());
    // After the account, so that whoever takes the mark sees what it stands for.
    dirty.add(usage.keyId());
    committed.run();
  }

  @Override
  public void replay(String keyId, long sinceEpochMillis, Sink sink) {
    Account account = accounts.get(keyId);
    if (account == null) {
      return;
    }
    Account.Sums sums = account.sumsSince(sinceEpochMillis);
    for (int i = 0; i < sums.times.length; i++) {
      sink.used(sums.times[i], sums.amounts[i]);
    }
  }

  @Override
  public void importOnce(String keyId, KeyUsage usage) {
    if (usage.isNone() || accounts.containsKey(keyId)) {
      return;
    }
    Account account = new Account();
    account.take(usage);
    accounts.putIfAbsent(keyId, account);
  }

  /** What a key has used; {@link KeyUsage#NONE} for one that was never used. */
  public KeyUsage usage(String keyId) {
    Account account = accounts.get(keyId);
    return account == null ? KeyUsage.NONE : account.usage(ticker.epochMillis());
  }

  /** Takes the ids whose usage changed since the last call. */
  List<String> takeDirty() {
    List<String> taken = new ArrayList<>();
    for (String id : List.copyOf(dirty)) {
      if (dirty.remove(id)) {
        taken.add(id);
      }
    }
    return taken;
  }

  /** Gives ids back that could not be written. */
  void markDirty(Collection<String> ids) {
    dirty.addAll(ids);
  }

  boolean isDirty() {
    return !dirty.isEmpty();
  }

  /** Marks every key that was ever used. */
  void markAllDirty() {
    dirty.addAll(accounts.keySet());
  }

  private Account account(String keyId) {
    @Nullable Account account = accounts.get(keyId);
    return account != null ? account : accounts.computeIfAbsent(keyId, id -> new Account());
  }
}
