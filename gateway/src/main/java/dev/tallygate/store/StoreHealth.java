package dev.tallygate.store;

/** What a store can presently answer, for {@code /health} and metrics. */
public sealed interface StoreHealth {
  /** Definitions are up to date. */
  record Ready() implements StoreHealth {}

  /** The last good definitions are in force, but the store behind them cannot be read. */
  record Degraded(String reason) implements StoreHealth {}

  /** There never were readable definitions; every look-up fails. */
  record NotReady(String reason) implements StoreHealth {}
}
