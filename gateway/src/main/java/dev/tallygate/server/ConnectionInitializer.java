package dev.tallygate.server;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.CloseAfterWrite;
import dev.tallygate.proxy.ReadWatch;
import dev.tallygate.proxy.Worker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.util.concurrent.EventExecutor;
import java.util.IdentityHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Equips an accepted connection. */
@Sharable
final class ConnectionInitializer extends ChannelInitializer<Channel> {
  private final ServerSettings settings;
  private final CallHandler calls;
  private final Connections connections;
  private final IdentityHashMap<EventExecutor, Worker> workers;
  private final @Nullable ServerTls tls;

  /**
   * @param tls null: clients speak HTTP without it
   */
  ConnectionInitializer(
      ServerSettings settings,
      CallHandler calls,
      Connections connections,
      IdentityHashMap<EventExecutor, Worker> workers,
      @Nullable ServerTls tls) {
    this.settings = settings;
    this.calls = calls;
    this.connections = connections;
    this.workers = workers;
    this.tls = tls;
  }

  @Override
  protected void initChannel(Channel channel) {
    CloseAfterWrite.addTo(channel);
    if (tls == null) {
      RequestDecoder decoder = new RequestDecoder();
      ClientConnection connection = call(channel, channel, decoder, Http1Writer::new);
      ApiError refusal = register(channel, connection);
      if (refusal == null) {
        http1(channel.pipeline(), decoder, connection);
      } else {
        refuse(channel, refusal);
      }
      return;
    }
    TlsConnection connection = new TlsConnection(channel, this);
    if (register(channel, connection) == null) {
      channel.pipeline().addLast(tls.handler(channel.alloc(), settings.headerTimeout()));
      channel.pipeline().addLast(connection);
    } else {
      // Whoever is one too many is not worth a handshake.
      channel.close();
    }
  }

  private @Nullable ApiError register(Channel channel, Connections.Open connection) {
    ApiError refusal = connections.opened(connection, ClientAddress.of(channel.remoteAddress()));
    if (refusal == null) {
      channel.closeFuture().addListener(closed -> connections.closed(connection));
    }
    return refusal;
  }

  /** Goes on with HTTP/1.1, on the channel's loop. */
  Connections.Open http1(ChannelPipeline pipeline) {
    Channel channel = pipeline.channel();
    RequestDecoder decoder = new RequestDecoder();
    ClientConnection connection = call(channel, channel, decoder, Http1Writer::new);
    http1(pipeline, decoder, connection);
    return connection;
  }

  private static void http1(
      ChannelPipeline pipeline, RequestDecoder decoder, ClientConnection connection) {
    pipeline.addLast(new ReadWatch(connection::bytesArrived));
    pipeline.addLast(decoder);
    pipeline.addLast(connection);
  }

  /** Goes on with HTTP/2, on the channel's loop. */
  Connections.Open http2(ChannelPipeline pipeline) {
    Http2Connection connection =
        new Http2Connection(
            worker(pipeline.channel()),
            settings,
            connections,
            stream -> call(stream, stream.parent(), Intake.OF_A_STREAM, Http2Writer::new));
    connection.addTo(pipeline);
    return connection;
  }

  private ClientConnection call(
      Channel channel,
      Channel socket,
      Intake intake,
      Function<ChannelHandlerContext, AnswerWriter> wire) {
    return new ClientConnection(
        worker(channel),
        settings,
        calls,
        connections,
        ClientAddress.of(socket.remoteAddress()),
        intake,
        wire);
  }

  private Worker worker(Channel channel) {
    Worker worker = workers.get(channel.eventLoop());
    if (worker == null) {
      throw new IllegalStateException("a connection on a loop that is not ours");
    }
    return worker;
  }

  private static void refuse(Channel channel, ApiError refusal) {
    String requestId = RequestIds.of(null);
    FullHttpResponse response = ErrorResponder.response(refusal, ApiFormat.OPENAI, requestId);
    response.headers().set(ErrorResponder.X_REQUEST_ID, requestId);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    channel.pipeline().addLast(new RequestDecoder());
    channel.pipeline().addLast(new HttpResponseEncoder());
    channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }
}
