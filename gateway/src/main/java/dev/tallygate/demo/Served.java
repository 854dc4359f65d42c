package dev.tallygate.demo;

import java.util.Map;

/**
 * What a simulated upstream has served up to now, exactly.
 *
 * @param total over all models
 * @param byModel by the model name that the calls carried
 * @param refused calls answered with an error
 * @param abandoned calls whose client left before the answer was out; not part of {@code total}
 */
public record Served(Tokens total, Map<String, Tokens> byModel, long refused, long abandoned) {
  /**
   * Calls that carried usage, and their tokens.
   *
   * @param input all input tokens, those from or into the prompt cache included
   * @param output all output tokens, reasoning included
   */
  public record Tokens(long calls, long input, long output) {
    /** No call yet. */
    public static final Tokens NONE = new Tokens(0, 0, 0);

    /** What a key is charged for them. */
    public long charged() {
      return input + output;
    }

    /** These without the earlier ones. */
    public Tokens minus(Tokens earlier) {
      return new Tokens(calls - earlier.calls, input - earlier.input, output - earlier.output);
    }

    Tokens plus(long moreInput, long moreOutput) {
      return new Tokens(calls + 1, input + moreInput, output + moreOutput);
    }
  }

  /** Copies the map. */
  public Served {
    byModel = Map.copyOf(byModel);
  }

  /** What was served for one model; nothing when it was never asked for. */
  public Tokens of(String model) {
    return byModel.getOrDefault(model, Tokens.NONE);
  }
}
