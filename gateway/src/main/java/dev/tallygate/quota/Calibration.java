package dev.tallygate.quota;

import java.util.concurrent.ConcurrentHashMap;

/**
 * What was learned of each model's tokens per byte. Bounded, since a client may name any model: the
 * models that come after {@link #MODELS} others share one entry. Thread-safe.
 */
final class Calibration {
  /** How many models are told apart. */
  static final int MODELS = 256;

  private static final int LONGEST_NAME = 128;
  private static final String OTHERS = "";

  /** Of a model's input and of its output. */
  private record Ratios(Ratio input, Ratio output) {
    /** English is some 4 bytes a token, code and most other languages less. */
    static final Ratios UNKNOWN = new Ratios(Ratio.assumed(1.0 / 3), Ratio.assumed(1.0 / 4));
  }

  private final ConcurrentHashMap<String, Ratios> models = new ConcurrentHashMap<>();

  /** Tokens in a byte of the model's input. */
  double inputPerByte(String model) {
    return of(model).input().perByte();
  }

  /** Tokens in a byte of the model's output. */
  double outputPerByte(String model) {
    return of(model).output().perByte();
  }

  /**
   * Learns from what an upstream said of a call.
   *
   * @param inputBytes the text that the model was given; 0 where it was given anything else too
   * @param outputBytes the text that it gave; 0 where that was not seen
   */
  void learn(String model, long inputTokens, long inputBytes, long outputTokens, long outputBytes) {
    models.compute(
        name(model),
        (name, known) -> {
          Ratios before = known == null ? Ratios.UNKNOWN : known;
          Ratios after =
              new Ratios(
                  before.input().learned(inputTokens, inputBytes),
                  before.output().learned(outputTokens, outputBytes));
          return after.equals(before) ? known : after;
        });
  }

  /** How many models are told apart so far, the others counting as one. */
  int models() {
    return models.size();
  }

  private Ratios of(String model) {
    return models.getOrDefault(name(model), Ratios.UNKNOWN);
  }

  // Threads that add at the same time may each take the last place: the bound is not exact.
  private String name(String model) {
    boolean told =
        models.containsKey(model) || (model.length() <= LONGEST_NAME && models.size() < MODELS);
    return told ? model : OTHERS;
  }
}
