package dev.tallygate.usage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A ledger in memory that commits at once, or when the test says so. Thread-safe. */
public final class FakeLedger implements UsageLedger {
  private final List<UsageRecord> records = new ArrayList<>();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean stalled;
  private volatile @Nullable String trouble;

  @Override
  public synchronized void record(UsageRecord usage, Runnable committed) {
    records.add(usage);
    if (stalled) {
      waiting.add(committed);
    } else {
      committed.run();
    }
  }

  @Override
  public @Nullable String trouble() {
    return trouble;
  }

  /** From now on it is in trouble, for this reason; null ends it. */
  public void trouble(@Nullable String reason) {
    trouble = reason;
  }

  /** From now on nothing is committed. */
  public synchronized void stall() {
    stalled = true;
  }

  /** Commits what has come in meanwhile, and from now on at once. */
  public synchronized void resume() {
    stalled = false;
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
  }

  /** All that was recorded. */
  public synchronized List<UsageRecord> records() {
    return List.copyOf(records);
  }
}
