package dev.tallygate.proxy;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponseDecoder;

/** Decodes an upstream's answers, knowing which of them have no body whatever their head says. */
final class AnswerDecoder extends HttpResponseDecoder {
  private boolean headRequested;

  AnswerDecoder(HttpDecoderConfig config) {
    super(config);
  }

  /** What is asked for next. */
  void expect(boolean onlyHead) {
    headRequested = onlyHead;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage answer) {
    return headRequested || super.isContentAlwaysEmpty(answer);
  }
}
