package dev.tallygate.server;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.HttpConversionUtil;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a stream's request the form that one of HTTP/1.1 has (RFC 9113 §8.3), and resets streams
 * that break the protocol. Trailers are read and left out, as over HTTP/1.1.
 */
final class Http2RequestDecoder extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Http2RequestDecoder.class);

  private final Connections connections;
  private boolean headRead;

  Http2RequestDecoder(Connections connections) {
    this.connections = connections;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object frame) throws Http2Exception {
    switch (frame) {
      case Http2HeadersFrame head when !headRead -> {
        headRead = true;
        ctx.fireChannelRead(request(head));
        if (head.isEndStream()) {
          ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        }
      }
      case Http2HeadersFrame trailers -> ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
      case Http2DataFrame data ->
          ctx.fireChannelRead(
              data.isEndStream()
                  ? new DefaultLastHttpContent(data.content())
                  : new DefaultHttpContent(data.content()));
      default -> ReferenceCountUtil.release(frame);
    }
  }

  private HttpRequest request(Http2HeadersFrame head) throws Http2Exception {
    HttpRequest request;
    try {
      request = HttpConversionUtil.toHttpRequest(head.stream().id(), head.headers(), true);
    } catch (RuntimeException e) {
      // A path or header that could not stand in a request of HTTP/1.1.
      connections.malformed();
      throw new Http2Exception(Http2Error.PROTOCOL_ERROR, "not a request", e);
    }
    HttpHeaders headers = request.headers();
    for (ExtensionHeaderNames own : ExtensionHeaderNames.values()) {
      headers.remove(own.text());
    }
    takeHostOnce(headers);
    HttpUtil.setTransferEncodingChunked(
        request, !head.isEndStream() && !HttpUtil.isContentLengthSet(request));
    return request;
  }

  /**
   * It may be told twice, as {@code :authority} and as {@code host}, if alike (RFC 9113 §8.3.1).
   */
  private static void takeHostOnce(HttpHeaders headers) {
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    if (hosts.size() == 2 && hosts.getFirst().equalsIgnoreCase(hosts.getLast())) {
      headers.set(HttpHeaderNames.HOST, hosts.getFirst());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof Http2Exception) {
      LOG.debug("an HTTP/2 stream failed: {}", cause.getMessage());
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR))
          .addListener(ChannelFutureListener.CLOSE);
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}
