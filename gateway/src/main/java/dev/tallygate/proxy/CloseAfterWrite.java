package dev.tallygate.proxy;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection over io_uring when what is being written is out, or a second later without
 * that. When Netty 4.2.18 closes one in the middle of a write, without polls that stay armed, the
 * kernel never hears of it, and the other side waits for ever.
 */
public final class CloseAfterWrite extends ChannelOutboundHandlerAdapter {
  private static final long PATIENCE_MILLIS = 1_000;

  private CloseAfterWrite() {}

  /** Adds one to a new connection, ahead of all else, where it is needed. */
  public static void addTo(Channel channel) {
    if (channel instanceof IoUringSocketChannel) {
      channel.pipeline().addFirst(new CloseAfterWrite());
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    ChannelOutboundBuffer pending = ctx.channel().unsafe().outboundBuffer();
    if (pending == null || pending.isEmpty()) {
      ctx.close(promise);
      return;
    }
    Future<?> impatience =
        ctx.executor()
            .schedule(
                () -> ((DuplexChannel) ctx.channel()).shutdown(),
                PATIENCE_MILLIS,
                TimeUnit.MILLISECONDS);
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(written -> {
          impatience.cancel(false);
          ctx.close(promise);
        });
  }
}
