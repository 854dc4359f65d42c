package dev.tallygate.server;

import dev.tallygate.proxy.Deadlines;
import dev.tallygate.proxy.Worker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/2 connection (RFC 9113): each stream is a {@link ClientConnection} of its own with one
 * request. What a hostile client may do to a connection is bounded here: streams at the same time,
 * streams that are reset as soon as they are opened (CVE-2023-44487), headers in endless pieces,
 * and how long it lasts without a stream. Confined to its event loop.
 */
final class Http2Connection extends ChannelInboundHandlerAdapter implements Connections.Open {
  private static final Logger LOG = LoggerFactory.getLogger(Http2Connection.class);

  private static final int MAX_STREAMS = 128;

  /** What a client may send of a body before the gateway has read it; HTTP/2 starts with 64 KB. */
  private static final int WINDOW_BYTES = 256 * 1024;

  /** How long a client that is told to go may take to read it. */
  private static final long LAST_WORD_NANOS = Duration.ofSeconds(2).toNanos();

  /** More streams reset by the client in half a minute end the connection. */
  private static final int MAX_RESETS = 200;

  private static final int RESETS_SECONDS = 30;

  /** More pieces of one head, too short to be in earnest, end the connection. */
  private static final int MAX_SMALL_CONTINUATIONS = 16;

  private final Worker worker;
  private final ServerSettings settings;
  private final Connections connections;
  private final Function<Channel, ClientConnection> calls;
  private final Patience patience = new Patience();
  private int streams;
  private boolean goingAway;
  private ChannelHandlerContext codec;

  /**
   * @param calls makes what serves a stream
   */
  @SuppressWarnings("NullAway.Init") // the context is set before any event
  Http2Connection(
      Worker worker,
      ServerSettings settings,
      Connections connections,
      Function<Channel, ClientConnection> calls) {
    this.worker = worker;
    this.settings = settings;
    this.connections = connections;
    this.calls = calls;
  }

  /** Adds what speaks the protocol; on the event loop. */
  void addTo(ChannelPipeline pipeline) {
    pipeline.addLast(frames());
    codec = pipeline.lastContext();
    pipeline.addLast(new Http2MultiplexHandler(new Streams()));
    pipeline.addLast(this);
    worker.deadlines().add(patience);
    within(settings.headerTimeout());
  }

  private static Http2FrameCodec frames() {
    return new Http2Codec()
        // Http2HeadRules has its place. Netty refuses a head before its stream exists, and the body
        // behind it as frames of no stream, which ends the connection with everybody's calls.
        .validateHeaders(false)
        .initialSettings(
            Http2Settings.defaultSettings()
                .maxConcurrentStreams(MAX_STREAMS)
                .initialWindowSize(WINDOW_BYTES)
                .maxHeaderListSize(RequestDecoder.MAX_HEADER_BYTES))
        .decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESETS_SECONDS)
        .encoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESETS_SECONDS)
        .decoderEnforceMaxSmallContinuationFrames(MAX_SMALL_CONTINUATIONS)
        // Those who drain it say how long that may take.
        .gracefulShutdownTimeoutMillis(-1)
        .build();
  }

  /** Tells the client to open no more streams, and closes when those it has have ended. */
  @Override
  public void drain() {
    worker.loop().execute(this::goAway);
  }

  private void goAway() {
    goingAway = true;
    codec.channel().close();
  }

  @Override
  public void close() {
    // Past the codec, which would wait for the streams.
    worker.loop().execute(() -> codec.close());
  }

  private void streamOpened(Channel stream) {
    streams++;
    worker.deadlines().clear(patience);
    stream.closeFuture().addListener(closed -> streamClosed());
  }

  private void streamClosed() {
    streams--;
    if (streams == 0) {
      within(settings.idleTimeout());
    }
  }

  private void within(Duration limit) {
    worker.deadlines().set(patience, limit.toNanos());
  }

  /** Frames about the connection, which the codec has dealt with. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object frame) {
    ReferenceCountUtil.release(frame);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    worker.deadlines().remove(patience);
  }

  /** What breaks the protocol the codec has answered; what is left is a connection that broke. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("an HTTP/2 connection failed: {}", cause.getMessage());
    close();
  }

  /** How long the client may keep a connection that it does not use. */
  private final class Patience extends Deadlines.Owner {
    @Override
    protected void deadlinePassed() {
      if (goingAway) {
        // It does not even read that.
        close();
      } else {
        goAway();
        worker.deadlines().set(this, LAST_WORD_NANOS);
      }
    }
  }

  /** Equips the streams. */
  private final class Streams extends ChannelInitializer<Channel> {
    @Override
    public boolean isSharable() {
      return true;
    }

    @Override
    protected void initChannel(Channel stream) {
      streamOpened(stream);
      stream.pipeline().addLast(new Http2RequestDecoder(connections));
      stream.pipeline().addLast(calls.apply(stream));
    }
  }
}
