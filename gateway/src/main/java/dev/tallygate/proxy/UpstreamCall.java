package dev.tallygate.proxy;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;

/** What an upstream connection tells the call it carries, on the event loop of both. */
interface UpstreamCall {
  /** A connection is there, to be written to. */
  void connected(UpstreamConnection connection);

  /** No connection could be had: refused, not resolved, no TLS, too slow. */
  void notConnected(Throwable cause);

  /** The answer's head; interim (1xx) answers are left out. */
  void answered(HttpResponse head);

  /** A part of the answer's body, the last one being a {@code LastHttpContent}; takes ownership. */
  void received(HttpContent part);

  /** Nothing more to read for now. */
  void readComplete();

  /**
   * The answer is not HTTP; the connection is closed.
   *
   * @param fault what is wrong with it, for the operator, without a word of it
   */
  void notUnderstood(String fault);

  /** The connection closed before the answer was complete. */
  void closed();
}
