package dev.tallygate.server;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.proxy.ApiError;
import dev.tallygate.proxy.ReadWatch;
import dev.tallygate.proxy.Worker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.util.concurrent.EventExecutor;
import java.util.IdentityHashMap;

/** Equips an accepted connection. */
@Sharable
final class ConnectionInitializer extends ChannelInitializer<Channel> {
  private final ServerSettings settings;
  private final CallHandler calls;
  private final Connections connections;
  private final IdentityHashMap<EventExecutor, Worker> workers;

  ConnectionInitializer(
      ServerSettings settings,
      CallHandler calls,
      Connections connections,
      IdentityHashMap<EventExecutor, Worker> workers) {
    this.settings = settings;
    this.calls = calls;
    this.connections = connections;
    this.workers = workers;
  }

  @Override
  protected void initChannel(Channel channel) {
    Worker worker = workers.get(channel.eventLoop());
    if (worker == null) {
      throw new IllegalStateException("a connection on a loop that is not ours");
    }
    RequestDecoder decoder = new RequestDecoder();
    ClientConnection connection =
        new ClientConnection(
            worker,
            settings,
            calls,
            connections,
            ClientAddress.of(channel.remoteAddress()),
            decoder);
    channel.pipeline().addLast(decoder);
    ApiError refusal = connections.opened(connection);
    if (refusal == null) {
      channel.pipeline().addFirst(new ReadWatch(connection::bytesArrived));
      channel.pipeline().addLast(connection);
    } else {
      refuse(channel, refusal);
    }
  }

  private static void refuse(Channel channel, ApiError refusal) {
    String requestId = RequestIds.of(null);
    FullHttpResponse response = ErrorResponder.response(refusal, ApiFormat.OPENAI, requestId);
    response.headers().set(ErrorResponder.X_REQUEST_ID, requestId);
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    channel.pipeline().addLast(new HttpResponseEncoder());
    channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }
}
