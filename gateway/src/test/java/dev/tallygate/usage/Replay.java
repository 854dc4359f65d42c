package dev.tallygate.usage;

import dev.tallygate.model.TokenUsage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Feeds a body to an extractor in parts and gathers what it forwards. */
final class Replay {
  private final UsageExtractor extractor;
  private final boolean direct;
  private final ByteArrayOutputStream forwarded = new ByteArrayOutputStream();
  private final ByteArrayOutputStream released = new ByteArrayOutputStream();
  private boolean allIdentical = true;
  private boolean ended;
  private boolean finalAtEnd;
  private @Nullable TokenUsage usageAtEnd;

  Replay(UsageExtractor extractor, boolean direct) {
    this.extractor = extractor;
    this.direct = direct;
  }

  UsageExtractor extractor() {
    return extractor;
  }

  /** Whether every part so far came back as the very object that went in. */
  boolean allIdentical() {
    return allIdentical;
  }

  byte[] forwarded() {
    return forwarded.toByteArray();
  }

  /** What of it may reach the client before the usage is on record. */
  byte[] released() {
    return released.toByteArray();
  }

  /** Whether the stream's own end was seen. */
  boolean ended() {
    return ended;
  }

  /** The usage known when it was. */
  @Nullable TokenUsage usageAtEnd() {
    return usageAtEnd;
  }

  /** Whether that was the last word. */
  boolean finalAtEnd() {
    return finalAtEnd;
  }

  @SuppressWarnings("ReferenceEquality") // identity is what is promised
  Replay feed(byte[] body, int from, int to) {
    ByteBuffer part = buffer(body, from, to);
    int position = part.position();
    int limit = part.limit();
    ByteBuffer result = extractor.read(part);
    if (part.position() != position || part.limit() != limit) {
      throw new AssertionError("the part was moved");
    }
    allIdentical &= result == part;
    gather(result);
    release(result);
    wipe(part);
    return this;
  }

  Replay finish() {
    gather(extractor.finish());
    return this;
  }

  Replay whole(byte[] body) {
    return feed(body, 0, body.length).finish();
  }

  Replay splitAt(byte[] body, int split) {
    return feed(body, 0, split).feed(body, split, body.length).finish();
  }

  Replay inPartsOf(byte[] body, int size) {
    for (int i = 0; i < body.length; i += size) {
      feed(body, i, Math.min(body.length, i + size));
    }
    return finish();
  }

  Replay inRandomParts(byte[] body, Random random, int most) {
    for (int i = 0; i < body.length; ) {
      int end = Math.min(body.length, i + random.nextInt(most + 1));
      feed(body, i, end);
      i = end;
    }
    return finish();
  }

  /** A buffer whose position and offset are not zero, so that neither is taken for granted. */
  private ByteBuffer buffer(byte[] body, int from, int to) {
    int length = to - from;
    ByteBuffer whole =
        direct ? ByteBuffer.allocateDirect(length + 7) : ByteBuffer.allocate(length + 7);
    ByteBuffer part = whole.position(2).slice();
    part.put(3, body, from, length);
    return part.position(3).limit(3 + length);
  }

  private void gather(ByteBuffer result) {
    byte[] bytes = new byte[result.remaining()];
    result.get(result.position(), bytes);
    forwarded.writeBytes(bytes);
  }

  private void release(ByteBuffer result) {
    int ending = extractor.endingBytes();
    int before = result.remaining() - ending;
    if (ending < 0 || before < 0 || (ended && before > 0)) {
      throw new AssertionError("ending of " + ending + " in " + result.remaining() + " bytes");
    }
    byte[] bytes = new byte[before];
    result.get(result.position(), bytes);
    released.writeBytes(bytes);
    if (ending > 0 && !ended) {
      ended = true;
      usageAtEnd = extractor.usage();
      finalAtEnd = extractor.isFinal();
    }
  }

  /** The caller re-uses its memory: whoever kept a reference reads rubbish from now on. */
  private static void wipe(ByteBuffer part) {
    byte[] rubbish = new byte[part.remaining()];
    Arrays.fill(rubbish, (byte) '#');
    part.put(part.position(), rubbish);
  }
}
