package dev.tallygate.demo;

import dev.tallygate.model.TokenUsage;
import java.util.HashMap;
import java.util.Map;

/** The simulated upstream's own book of what it served. Any thread may write and read. */
final class Tally {
  private final Map<String, Served.Tokens> byModel = new HashMap<>();
  private Served.Tokens total = Served.Tokens.NONE;
  private long refused;
  private long abandoned;

  synchronized void served(String model, TokenUsage usage) {
    Served.Tokens before = byModel.getOrDefault(model, Served.Tokens.NONE);
    byModel.put(model, before.plus(usage.input(), usage.output()));
    total = total.plus(usage.input(), usage.output());
  }

  synchronized void refused() {
    refused++;
  }

  synchronized void abandoned() {
    abandoned++;
  }

  synchronized Served snapshot() {
    return new Served(total, byModel, refused, abandoned);
  }
}
