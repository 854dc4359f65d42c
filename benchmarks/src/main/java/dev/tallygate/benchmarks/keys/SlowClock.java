package dev.tallygate.benchmarks.keys;

import dev.tallygate.model.Ticker;

/** Costs what the machine's clocks cost, and runs a millionth as fast, so that nothing expires. */
final class SlowClock implements Ticker {
  private static final long SLOWER = 1_000_000;

  private final long originNanos = Ticker.system().nanos();
  private final long originMillis = Ticker.system().epochMillis();

  @Override
  public long nanos() {
    return (Ticker.system().nanos() - originNanos) / SLOWER;
  }

  @Override
  public long epochMillis() {
    return originMillis + (Ticker.system().epochMillis() - originMillis) / SLOWER;
  }
}
