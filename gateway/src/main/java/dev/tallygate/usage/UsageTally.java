package dev.tallygate.usage;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import org.jspecify.annotations.Nullable;

/**
 * Makes one {@link TokenUsage} of the usage objects that an answer carries. They are cumulative, so
 * they are never summed.
 */
final class UsageTally implements JsonScanner.Sink {
  private static final long ABSENT = -1;

  private final ApiFormat format;

  // The usage object being read.
  private long frameInput;
  private long frameOutput;
  private long frameTotal;
  private long frameCacheRead;
  private long frameCacheWritten;

  private boolean seen;
  private boolean isFinal;
  private long input;
  private long cacheRead;
  private long cacheWritten;
  private long output;

  UsageTally(ApiFormat format) {
    this.format = format;
  }

  /** What was used, as far as known; null before any usage was seen. */
  @Nullable TokenUsage usage() {
    return seen ? new TokenUsage(input, cacheRead, cacheWritten, output) : null;
  }

  /** Whether a usage object told something that is not preliminary. */
  boolean isFinal() {
    return isFinal;
  }

  @Override
  public void begins(Field field, byte first) {
    if (isUsage(field)) {
      frameInput = ABSENT;
      frameOutput = ABSENT;
      frameTotal = ABSENT;
      frameCacheRead = ABSENT;
      frameCacheWritten = ABSENT;
    }
  }

  @Override
  public void array(Field field, boolean empty) {}

  @Override
  public void type(ShortText text) {}

  /** Counts that go by two names are sometimes sent under both, one of them zero. */
  @Override
  public void number(Field field, long value) {
    switch (field) {
      case INPUT -> frameInput = Math.max(frameInput, value);
      case OUTPUT -> frameOutput = Math.max(frameOutput, value);
      case TOTAL -> frameTotal = Math.max(frameTotal, value);
      case CACHE_READ -> frameCacheRead = Math.max(frameCacheRead, value);
      case CACHE_WRITTEN -> frameCacheWritten = Math.max(frameCacheWritten, value);
      default -> {}
    }
  }

  @Override
  public void ends(Field field) {
    if (isUsage(field)) {
      boolean told = format == ApiFormat.ANTHROPIC ? addAnthropic() : addOpenAi();
      seen |= told;
      isFinal |= told && field == Field.USAGE;
    }
  }

  private static boolean isUsage(Field field) {
    return field == Field.USAGE || field == Field.FIRST_USAGE;
  }

  /** The last frame counts; one of zeros takes nothing back. Returns whether it told anything. */
  private boolean addOpenAi() {
    if (frameInput == ABSENT && frameOutput == ABSENT && frameTotal == ABSENT) {
      return false;
    }
    long in = orZero(frameInput);
    long out = orZero(frameOutput);
    if (frameInput == ABSENT) {
      in = Math.max(0, frameTotal - out);
    } else if (frameOutput == ABSENT) {
      out = Math.max(0, frameTotal - in);
    }
    if (!seen || in + out > 0) {
      input = in;
      cacheRead = Math.min(in, orZero(frameCacheRead));
      output = out;
    }
    return true;
  }

  /**
   * Input as a set, from the last frame that tells of any: a later frame may shift tokens from one
   * field to another. Output by maximum. Returns whether it told anything.
   */
  private boolean addAnthropic() {
    boolean tellsInput =
        frameInput != ABSENT || frameCacheRead != ABSENT || frameCacheWritten != ABSENT;
    if (tellsInput) {
      long read = orZero(frameCacheRead);
      long written = orZero(frameCacheWritten);
      long all = orZero(frameInput) + read + written;
      if (all > 0) {
        input = all;
        cacheRead = read;
        cacheWritten = written;
      }
    }
    output = Math.max(output, frameOutput);
    return tellsInput || frameOutput != ABSENT;
  }

  private static long orZero(long count) {
    return Math.max(0, count);
  }
}
