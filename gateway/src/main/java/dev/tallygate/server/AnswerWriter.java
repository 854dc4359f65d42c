package dev.tallygate.server;

import dev.tallygate.proxy.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * Writes the answers of one connection or, of HTTP/2, the one of a stream. Confined to the
 * connection's event loop.
 */
interface AnswerWriter {
  /** How the end of a body is told. */
  enum Framing {
    /** By the length that the head tells, or by the end of the connection. */
    PLAIN,
    /** By a last chunk. */
    CHUNKED,
    /** It has none, whatever the head says of it. */
    BODILESS
  }

  /** Whether answers of a status never have a body (RFC 9110 §6.4.1, §15.3.6). */
  static boolean isBodiless(HttpResponseStatus status) {
    int code = status.code();
    return code == 204 || code == 205 || code == 304;
  }

  /** Asks for the body of a request that waits for that (RFC 9110 §15.2.1). */
  void goOn();

  /**
   * Begins an answer with a head, which it completes.
   *
   * @param bodyBytes the length of the body, as far as it is known
   */
  void head(HeadWriter head, Framing framing, long bodyBytes);

  /** Adds a part of the body, of which it takes ownership. */
  void body(ByteBuf part);

  /** Ends the answer with the last part of its body, which may be empty; takes ownership. */
  void end(ByteBuf last);

  /** Hands what was gathered to the channel, which sends it with its next flush. */
  void write();

  /** Sends everything; done when it is out. */
  ChannelFuture flushed();

  /** Tells that no further answer comes, and reads on. */
  void endOutput();

  /** Forgets what was not handed over. */
  void drop();
}
