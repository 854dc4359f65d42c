package dev.tallygate.quota;

import java.util.OptionalLong;

/** Stub. */
public record Call(
    boolean countsTokens,
    String model,
    long textBytes,
    int media,
    OptionalLong maxOutput,
    int answers) {
  /** Stub. */
  public static final Call WITHOUT_TOKENS = new Call(false, "", 0, 0, OptionalLong.empty(), 0);
}
