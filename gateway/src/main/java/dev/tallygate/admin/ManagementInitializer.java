package dev.tallygate.admin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** Equips an accepted connection; those beyond the limit are closed. */
@Sharable
final class ManagementInitializer extends ChannelInitializer<Channel> {
  private static final int MAX_CONNECTIONS = 64;
  private static final int MAX_REQUEST_LINE_BYTES = 8 * 1024;
  private static final int MAX_HEADER_BYTES = 16 * 1024;
  private static final int MAX_CHUNK_BYTES = 16 * 1024;

  private final Dispatcher dispatcher;
  private final Executor workers;
  private final AtomicInteger open = new AtomicInteger();

  ManagementInitializer(Dispatcher dispatcher, Executor workers) {
    this.dispatcher = dispatcher;
    this.workers = workers;
  }

  @Override
  protected void initChannel(Channel channel) {
    channel.closeFuture().addListener(closed -> open.decrementAndGet());
    if (open.incrementAndGet() > MAX_CONNECTIONS) {
      channel.close();
      return;
    }
    channel
        .pipeline()
        .addLast(
            new HttpServerCodec(
                new HttpDecoderConfig()
                    .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
                    .setMaxHeaderSize(MAX_HEADER_BYTES)
                    .setMaxChunkSize(MAX_CHUNK_BYTES)
                    .setStrictLineParsing(true)
                    .setUseRfc9112TransferEncoding(true)))
        .addLast(new WholeRequests())
        // Keeps what is there already of the next request while nothing is read.
        .addLast(new FlowControlHandler())
        .addLast(new ManagementConnection(dispatcher, workers));
  }
}
