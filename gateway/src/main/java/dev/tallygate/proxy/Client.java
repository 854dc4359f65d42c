package dev.tallygate.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponse;

/**
 * The client's side of an exchange, as the relay sees it. All methods are called on the exchange's
 * event loop; after the client has gone they do nothing but release what they are handed.
 */
public interface Client {
  /**
   * Starts the answer with an upstream's head.
   *
   * @param sameLength whether the body will have the length that the head tells, if it tells one
   */
  void head(HttpResponse head, boolean sameLength);

  /** Passes on a part of the body; takes ownership of {@code part}. */
  void body(ByteBuf part);

  /** Sends what was written since the last flush. */
  void flush();

  /** Ends the answer with its last part (possibly empty) and flushes; takes ownership. */
  void end(ByteBuf last);

  /** Ends the exchange with an error in place of the upstream's answer; nothing was sent so far. */
  void refuse(ApiError error);

  /** Flushes what was written and closes the connection, so that the answer is seen to be cut. */
  void cut();

  /** False while the client reads slower than the upstream writes. */
  boolean isWritable();
}
