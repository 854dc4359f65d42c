package dev.tallygate.usage;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps back the bytes of an event until it is known whether the client shall see it. As long as
 * every part read can be forwarded whole, nothing is copied.
 *
 * <p>The bytes not decided about are those kept from earlier parts, then those of the current part
 * from {@code undecided} on.
 */
final class WithheldEvent {
  // A usage chunk has a few hundred bytes. An event that has not shown itself by then is no such.
  private static final int MAX_BYTES = 64 * 1024;

  private byte[] kept = new byte[0];
  private int keptLength;

  private ByteBuffer part = UsageExtractor.EMPTY;
  private int undecided;
  private @Nullable ByteBuffer out;
  private int endingStart;
  private int endingBytes;

  /** Starts with the next part. */
  void begin(ByteBuffer next) {
    part = next;
    undecided = next.position();
    endingStart = Integer.MAX_VALUE;
    endingBytes = 0;
    out = keptLength == 0 ? null : ByteBuffer.allocate(keptLength + next.remaining());
  }

  /** The stream's ending begins at this index of the part, none of it decided about yet. */
  void endingFrom(int index) {
    endingStart = index;
  }

  /** How many bytes of the ending, if it begins in this part, are forwarded with it. */
  int endingBytes() {
    return endingBytes;
  }

  /** Forwards all up to this index of the part. */
  void show(int end) {
    endingBytes += Math.max(0, end - Math.max(undecided, endingStart));
    if (out != null) {
      out.put(kept, 0, keptLength);
      keptLength = 0;
      copy(out, undecided, end);
    }
    undecided = end;
  }

  /** Leaves out all up to this index of the part. */
  void hide(int end) {
    diverge();
    keptLength = 0;
    undecided = end;
  }

  /** Whether more is withheld than a usage chunk can have. */
  boolean isTooLarge() {
    return keptLength + part.limit() - undecided > MAX_BYTES;
  }

  /** Ends the part: what is to be forwarded of it and of what was kept before. */
  ByteBuffer end() {
    int rest = part.limit() - undecided;
    if (rest > 0) {
      diverge();
      if (kept.length - keptLength < rest) {
        kept = Arrays.copyOf(kept, Math.max(1024, 2 * (keptLength + rest)));
      }
      part.get(undecided, kept, keptLength, rest);
      keptLength += rest;
    }
    ByteBuffer result = out == null ? part : out.flip();
    part = UsageExtractor.EMPTY;
    out = null;
    return result;
  }

  /** The stream is over: what was kept is forwarded. */
  ByteBuffer release() {
    ByteBuffer result = ByteBuffer.wrap(kept, 0, keptLength);
    kept = new byte[0];
    keptLength = 0;
    return result;
  }

  /** From here on the result is no longer the part itself. */
  private void diverge() {
    if (out == null) {
      out = ByteBuffer.allocate(part.remaining());
      copy(out, part.position(), undecided);
    }
  }

  private void copy(ByteBuffer target, int start, int end) {
    target.put(target.position(), part, start, end - start);
    target.position(target.position() + end - start);
  }
}
