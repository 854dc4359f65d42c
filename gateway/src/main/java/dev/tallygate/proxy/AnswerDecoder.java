package dev.tallygate.proxy;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponseDecoder;

/** Decodes an upstream's answers, knowing which of them have no body whatever their head says. */
final class AnswerDecoder extends HttpResponseDecoder {
  private boolean headRequested;
  private boolean headBegun;

  AnswerDecoder(HttpDecoderConfig config) {
    super(config);
  }

  /** What is asked for next. */
  void expect(boolean onlyHead) {
    headRequested = onlyHead;
  }

  /** A head that it has decoded has arrived. */
  void headRead() {
    headBegun = false;
  }

  /**
   * Whether it has something of an answer that it has not passed on: behind the end of an answer,
   * the beginning of one that nobody asked for, and that whoever comes next would be given.
   */
  boolean holdsBytes() {
    return headBegun || actualReadableBytes() > 0;
  }

  @Override
  protected HttpMessage createMessage(String[] firstLine) {
    headBegun = true;
    return super.createMessage(firstLine);
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage answer) {
    return headRequested || super.isContentAlwaysEmpty(answer);
  }
}
