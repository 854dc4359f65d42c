package dev.tallygate.admin;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection whose client may still be sending: closing with unread bytes would make
 * the kernel reset it, and the client might never see its answer.
 */
final class Linger {
  private static final long SECONDS = 2;

  private Linger() {}

  /** Ends our side, reads on for a moment and closes. On the event loop. */
  static void thenClose(ChannelHandlerContext ctx) {
    ((DuplexChannel) ctx.channel()).shutdownOutput();
    ctx.channel().config().setAutoRead(true);
    ctx.executor().schedule(() -> ctx.close(), SECONDS, TimeUnit.SECONDS);
  }
}
