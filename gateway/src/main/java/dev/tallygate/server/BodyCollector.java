package dev.tallygate.server;

import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.BodyBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Puts the parts of one connection's request bodies together, one body after the other, within the
 * limits for one and for all. What it holds is counted against the budget. Confined to the
 * connection's event loop.
 */
final class BodyCollector {
  private static final int FIRST_BYTES = 1024;

  private final BodyBudget budget;
  private final long limit;
  private @Nullable ByteBuf body;

  BodyCollector(BodyBudget budget, long limit) {
    this.budget = budget;
    this.limit = limit;
  }

  /**
   * Adds a part and takes ownership of it. Returns why the body is refused, and then holds nothing,
   * or null.
   */
  @Nullable ApiError add(ByteBuf part, boolean last, ByteBufAllocator allocator) {
    int size = part.readableBytes();
    ByteBuf before = body;
    long total = before == null ? size : (long) before.readableBytes() + size;
    if (total > limit || !budget.tryTake(size)) {
      part.release();
      drop();
      return total > limit ? Refusals.bodyTooLarge(limit) : Refusals.NO_ROOM_FOR_BODY;
    }
    if (before == null && last) {
      body = part;
    } else {
      // Copied together: a body that trickles in would otherwise pin one read buffer per piece.
      ByteBuf whole = before == null ? allocator.directBuffer(Math.max(size, FIRST_BYTES)) : before;
      body = whole.writeBytes(part);
      part.release();
    }
    return null;
  }

  /** Hands over the whole body, which stays counted. */
  ByteBuf take() {
    ByteBuf whole = body;
    body = null;
    return whole == null ? Unpooled.EMPTY_BUFFER : whole;
  }

  /** Lets go of what there is and gives it back to the budget. */
  void drop() {
    ByteBuf partial = take();
    budget.giveBack(partial.readableBytes());
    partial.release();
  }
}
