package dev.tallygate.proxy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Tells that bytes have arrived, before a decoder can hold them back: a head that trickles in is
 * not silence, and an answer that began is not a stale connection.
 */
public final class ReadWatch extends ChannelInboundHandlerAdapter {
  private final Runnable bytesArrived;

  /** Runs {@code bytesArrived} on the event loop at each read. */
  public ReadWatch(Runnable bytesArrived) {
    this.bytesArrived = bytesArrived;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    bytesArrived.run();
    ctx.fireChannelRead(message);
  }
}
