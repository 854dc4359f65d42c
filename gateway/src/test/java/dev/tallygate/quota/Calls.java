package dev.tallygate.quota;

import dev.tallygate.model.TokenUsage;
import java.util.OptionalLong;

/** Makes calls for tests: one answer to 300 bytes of text, changed where the test is about it. */
final class Calls {
  static final String MODEL = "glm-4.7";

  /** By the ratio assumed at the beginning it reads 100 tokens; its answer may have any length. */
  static final Call CALL = withoutMaximum(300);

  private Calls() {}

  static Call withoutMaximum(long textBytes) {
    return new Call(true, MODEL, textBytes, 0, false, OptionalLong.empty(), 1);
  }

  static Call upTo(long textBytes, long maxOutput) {
    return new Call(true, MODEL, textBytes, 0, false, OptionalLong.of(maxOutput), 1);
  }

  /** What a settled call used: so much to read. */
  static TokenUsage input(long tokens) {
    return new TokenUsage(tokens, 0, 0, 0);
  }

  static TokenUsage usage(long input, long output) {
    return new TokenUsage(input, 0, 0, output);
  }
}
