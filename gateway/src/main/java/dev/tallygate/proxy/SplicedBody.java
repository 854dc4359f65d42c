package dev.tallygate.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;

/** Applies edits to a body; every byte outside of them stays as it came. */
final class SplicedBody {
  // Below this a copy is cheaper than writing several buffers.
  private static final int COPY_BELOW = 16 * 1024;

  private SplicedBody() {}

  /** The edited body; takes ownership of {@code body}, which is returned itself without edits. */
  static ByteBuf of(ByteBuf body, List<Splice> splices) {
    if (splices.isEmpty()) {
      return body;
    }
    return body.readableBytes() < COPY_BELOW ? copied(body, splices) : composed(body, splices);
  }

  private static ByteBuf copied(ByteBuf body, List<Splice> splices) {
    int size = body.readableBytes();
    for (Splice splice : splices) {
      size += splice.growth();
    }
    ByteBuf edited = body.alloc().directBuffer(size);
    int base = body.readerIndex();
    int from = 0;
    for (Splice splice : splices) {
      edited.writeBytes(body, base + from, splice.start() - from);
      edited.writeBytes(splice.replacement());
      from = splice.end();
    }
    edited.writeBytes(body, base + from, body.readableBytes() - from);
    body.release();
    return edited;
  }

  private static ByteBuf composed(ByteBuf body, List<Splice> splices) {
    CompositeByteBuf edited = body.alloc().compositeBuffer(2 * splices.size() + 1);
    int base = body.readerIndex();
    int from = 0;
    for (Splice splice : splices) {
      edited.addComponent(true, body.retainedSlice(base + from, splice.start() - from));
      edited.addComponent(true, Unpooled.wrappedBuffer(splice.replacement()));
      from = splice.end();
    }
    edited.addComponent(true, body.retainedSlice(base + from, body.readableBytes() - from));
    body.release();
    return edited;
  }
}
