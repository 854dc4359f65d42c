package dev.tallygate.store.ledger;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.usage.UsageRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one transaction adds to the ledger, summed by minute, key and model. Calls of the journal
 * are on file already; others wait for the transaction.
 */
final class Batch {
  private static final Logger log = LoggerFactory.getLogger(Batch.class);

  /** No call uses as many tokens; so sums of what is at most this never overflow. */
  private static final long LARGEST_COUNT = 1L << 40;

  /** One row of {@code minute_usage}. */
  record Cell(long minute, String keyId, String model) {}

  /** What a cell grows by. */
  static final class Sums {
    long requests;
    long input;
    long cacheRead;
    long cacheWritten;
    long output;
    long estimated;
    long lastUsedMillis;

    long total() {
      return input + output;
    }

    private void add(UsageRecord call) {
      TokenUsage usage = call.usage();
      requests++;
      input += bounded(usage.input());
      cacheRead += bounded(usage.cacheRead());
      cacheWritten += bounded(usage.cacheWritten());
      output += bounded(usage.output());
      estimated += bounded(call.estimatedTokens());
      lastUsedMillis = Math.max(lastUsedMillis, call.epochMillis());
    }

    private static long bounded(long count) {
      return Math.min(count, LARGEST_COUNT);
    }
  }

  private final long number;
  private final Map<Cell, Sums> cells = new HashMap<>();
  private final Map<String, KeyUsage> imports = new LinkedHashMap<>();
  private final List<Runnable> committed = new ArrayList<>();
  private long calls;
  private long waitingCalls;
  private long waitingTokens;

  Batch(long number) {
    this.number = number;
  }

  /** The number it is committed under. */
  long number() {
    return number;
  }

  boolean isEmpty() {
    return cells.isEmpty();
  }

  /** What a call counts. */
  static long tokens(UsageRecord call) {
    return Sums.bounded(call.usage().input()) + Sums.bounded(call.usage().output());
  }

  /** Adds a call. */
  void add(UsageRecord call) {
    Cell cell = new Cell(Math.floorDiv(call.epochMillis(), 60_000), call.keyId(), call.model());
    Sums sums = cells.get(cell);
    if (sums == null) {
      sums = new Sums();
      cells.put(cell, sums);
    }
    sums.add(call);
    calls++;
  }

  /** Adds a call that waits for the commit. */
  void add(UsageRecord call, Runnable whenCommitted) {
    add(call);
    add(whenCommitted);
    waitingCalls++;
    waitingTokens += tokens(call);
  }

  void add(Runnable whenCommitted) {
    committed.add(whenCommitted);
  }

  void add(String keyId, KeyUsage imported) {
    imports.put(keyId, imported);
  }

  Map<Cell, Sums> cells() {
    return cells;
  }

  /** Usage that keys brought along, by id. */
  Map<String, KeyUsage> imports() {
    return imports;
  }

  /**
   * Leaves out what keys brought along, which somebody has written into a file: it must never keep
   * calls from being recorded.
   */
  void dropImports() {
    if (!imports.isEmpty()) {
      log.error(
          "the usage that the key file shows of {} could not be taken over", imports.keySet());
      imports.clear();
    }
  }

  /** Told, each once, when the batch is committed. */
  List<Runnable> committed() {
    return committed;
  }

  /** How many calls wait for the commit. */
  long waitingCalls() {
    return waitingCalls;
  }

  /** Their tokens. */
  long waitingTokens() {
    return waitingTokens;
  }

  /** How many calls it is of. */
  long calls() {
    return calls;
  }
}
