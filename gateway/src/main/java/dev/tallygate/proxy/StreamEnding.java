package dev.tallygate.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The last bytes of a stream, from its end marker on, kept until its usage is committed. Bounded:
 * nothing belongs behind that marker. Confined to one event loop.
 */
final class StreamEnding {
  private static final int MAX_BYTES = 64 * 1024;
  private static final int MAX_PARTS = 256;

  private final CompositeByteBuf bytes = Unpooled.compositeBuffer(MAX_PARTS);

  /** Adds a part and takes ownership; returns false when more than belongs there has come. */
  boolean add(ByteBuf part) {
    bytes.addComponent(true, part);
    return bytes.readableBytes() <= MAX_BYTES && bytes.numComponents() < MAX_PARTS;
  }

  /** All of it with one more part, which it takes over; the caller owns the result. */
  ByteBuf with(ByteBuf part) {
    return bytes.addComponent(true, part);
  }

  void release() {
    bytes.release();
  }
}
