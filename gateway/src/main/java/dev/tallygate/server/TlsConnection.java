package dev.tallygate.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.NotSslRecordException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection over TLS: when its handshake is done, it goes on with the protocol that was agreed
 * on (ALPN, RFC 7301), or with HTTP/1.1 where the client names none.
 */
final class TlsConnection extends ApplicationProtocolNegotiationHandler
    implements Connections.Open {
  private static final Logger LOG = LoggerFactory.getLogger(TlsConnection.class);

  private final Channel channel;
  private final ConnectionInitializer protocols;
  // Only on the event loop.
  private Connections.@Nullable Open negotiated;

  TlsConnection(Channel channel, ConnectionInitializer protocols) {
    super(ApplicationProtocolNames.HTTP_1_1);
    this.channel = channel;
    this.protocols = protocols;
  }

  @Override
  protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
    negotiated =
        protocol.equals(ApplicationProtocolNames.HTTP_2)
            ? protocols.http2(ctx.pipeline())
            : protocols.http1(ctx.pipeline());
  }

  @Override
  protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
    // Scanners, and clients that do not trust the certificate: theirs to mend, and to be told.
    LOG.debug("no TLS with {}: {}", channel.remoteAddress(), reason(cause));
    ctx.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("connection of {} failed: {}", channel.remoteAddress(), reason(cause));
    ctx.close();
  }

  /** Without the bytes that came: whoever forgot TLS has sent a key in them. */
  private static String reason(Throwable cause) {
    Throwable innermost = cause instanceof DecoderException ? cause.getCause() : cause;
    return innermost instanceof NotSslRecordException
        ? "not an SSL/TLS record"
        : String.valueOf(innermost);
  }

  @Override
  public void drain() {
    channel
        .eventLoop()
        .execute(() -> {
          if (negotiated == null) {
            channel.close();
          } else {
            negotiated.drain();
          }
        });
  }

  @Override
  public void close() {
    channel
        .eventLoop()
        .execute(() -> {
          if (negotiated == null) {
            channel.close();
          } else {
            negotiated.close();
          }
        });
  }
}
