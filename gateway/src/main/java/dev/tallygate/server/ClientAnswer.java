package dev.tallygate.server;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.HeadWriter;
import dev.tallygate.proxy.HeaderRules;
import dev.tallygate.proxy.Worker;
import dev.tallygate.server.AnswerWriter.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;

/**
 * What the answers of one connection are like: their heads, how their bodies end, and whether
 * another request may follow. Confined to the connection's event loop.
 */
final class ClientAnswer {
  private final Worker worker;
  private final Connections connections;
  private final AnswerWriter writer;

  private boolean keepAlive;
  private boolean oldClient;
  private boolean crossOrigin;
  private boolean headRequest;

  ClientAnswer(Worker worker, Connections connections, AnswerWriter writer) {
    this.worker = worker;
    this.connections = connections;
    this.writer = writer;
  }

  /** From now on it is the answer to this request. */
  void answers(HttpRequest request) {
    oldClient = request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
    keepAlive = HttpUtil.isKeepAlive(request) && !connections.draining();
    crossOrigin = request.headers().contains(HttpHeaderNames.ORIGIN);
    headRequest = request.method().equals(HttpMethod.HEAD);
  }

  /** From now on it is the answer to bytes that are no request. */
  void answersNoRequest() {
    oldClient = false;
    keepAlive = false;
    crossOrigin = false;
    headRequest = false;
  }

  /** No other request follows. */
  void isLast() {
    keepAlive = false;
  }

  /** Whether another request may follow. */
  boolean keepsAlive() {
    return keepAlive;
  }

  /**
   * Writes one of the gateway's own, and takes ownership of it.
   *
   * @return the bytes of its body, as far as the client is sent them
   */
  int own(FullHttpResponse response, ApiFormat format, String requestId) {
    HttpResponseStatus status = response.status();
    HeadWriter head = begin(status);
    var headers = response.headers().iteratorCharSequence();
    while (headers.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = headers.next();
      head.line(header.getKey(), header.getValue());
    }
    decorate(head, format, requestId);
    ByteBuf content = response.content();
    int size = content.readableBytes();
    boolean bodiless = isBodiless(status);
    writer.head(head, bodiless ? Framing.BODILESS : Framing.PLAIN, size);
    writer.end(content);
    return bodiless ? 0 : size;
  }

  /**
   * Begins one of the upstream's.
   *
   * @param sameLength whether its body reaches the client as it is
   */
  void begin(HttpResponse upstream, boolean sameLength, Exchange exchange) {
    HttpResponseStatus status = upstream.status();
    String length = sameLength ? upstream.headers().get(HttpHeaderNames.CONTENT_LENGTH) : null;
    Framing framing = Framing.PLAIN;
    if (isBodiless(status)) {
      framing = Framing.BODILESS;
    } else if (length == null && oldClient) {
      keepAlive = false;
    } else if (length == null) {
      framing = Framing.CHUNKED;
    }
    HeadWriter head = begin(status);
    HeaderRules.toClient(upstream.headers(), crossOrigin, head);
    if (status.equals(HttpResponseStatus.RESET_CONTENT)) {
      // Its status alone does not end it for a client (RFC 9110 §15.3.6).
      head.line(HttpHeaderNames.CONTENT_LENGTH, 0);
    } else if (length != null && !status.equals(HttpResponseStatus.NO_CONTENT)) {
      // Of an answer without a body, the length of the one that GET would have (RFC 9110 §8.6).
      head.line(HttpHeaderNames.CONTENT_LENGTH, length);
    }
    exchange.tellLimits(head);
    decorate(head, exchange.format(), exchange.requestId());
    writer.head(head, framing, length == null ? 0 : Long.parseLong(length));
  }

  private boolean isBodiless(HttpResponseStatus status) {
    return headRequest || AnswerWriter.isBodiless(status);
  }

  private HeadWriter begin(HttpResponseStatus status) {
    return worker.heads().answer(status.codeAsText(), status.reasonPhrase());
  }

  private void decorate(HeadWriter head, ApiFormat format, String requestId) {
    keepAlive &= !connections.draining();
    head.line(ErrorResponder.X_REQUEST_ID, requestId);
    if (format == ApiFormat.ANTHROPIC) {
      // Where Anthropic's SDKs look for it.
      head.line(ErrorResponder.REQUEST_ID, requestId);
    }
    if (!keepAlive) {
      head.line(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (oldClient) {
      head.line(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    if (crossOrigin) {
      Cors.allow(head);
    }
  }
}
