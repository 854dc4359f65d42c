package dev.tallygate.server;

import dev.tallygate.model.Ticker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that cannot be accepted, mostly since the process has as many files open as it may:
 * pauses accepting for a second, and tells of it once a minute. Netty would log each try, and over
 * io_uring (4.2.18) tries go on without a pause. Confined to the event loop.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);
  private static final long TELL_EVERY_NANOS = Duration.ofMinutes(1).toNanos();

  private final Ticker ticker;
  private long toldNanos;
  private boolean told;
  private boolean pausing;

  AcceptFailures(Ticker ticker) {
    this.ticker = ticker;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    long now = ticker.nanos();
    if (!told || now - toldNanos >= TELL_EVERY_NANOS) {
      told = true;
      toldNanos = now;
      LOG.error(
          "connections cannot be accepted: {}; where these are too many open files, raise"
              + " 'ulimit -n' above MAX_CONNECTIONS, or lower that",
          String.valueOf(cause.getMessage()));
    }
    pause(ctx.channel());
  }

  private void pause(Channel listener) {
    if (!pausing) {
      pausing = true;
      listener.config().setAutoRead(false);
      var _ =
          listener
              .eventLoop()
              .schedule(
                  () -> {
                    pausing = false;
                    listener.config().setAutoRead(true);
                  },
                  1,
                  TimeUnit.SECONDS);
    }
  }
}
