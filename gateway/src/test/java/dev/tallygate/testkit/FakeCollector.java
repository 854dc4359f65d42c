package dev.tallygate.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An OpenTelemetry collector in this process that keeps what it is sent. */
public final class FakeCollector implements AutoCloseable {
  private final HttpServer server;
  private final List<ExportTraceServiceRequest> exports = new CopyOnWriteArrayList<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private volatile int status = 200;

  private FakeCollector(HttpServer server) {
    this.server = server;
  }

  /** Starts one on loopback. */
  public static FakeCollector start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    FakeCollector collector = new FakeCollector(server);
    server.createContext("/v1/traces", collector::export);
    server.start();
    return collector;
  }

  private void export(HttpExchange exchange) throws IOException {
    try (exchange) {
      ExportTraceServiceRequest request =
          ExportTraceServiceRequest.parseFrom(exchange.getRequestBody());
      String authorization = exchange.getRequestHeaders().getFirst("authorization");
      authorizations.add(authorization == null ? "" : authorization);
      if (status == 200) {
        exports.add(request);
      }
      exchange.sendResponseHeaders(status, -1);
    }
  }

  /** What it answers from now on. */
  public FakeCollector answering(int code) {
    status = code;
    return this;
  }

  /** The base that an exporter is given. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** What was sent, as it came. */
  public List<ExportTraceServiceRequest> exports() {
    return List.copyOf(exports);
  }

  /** All spans. */
  public List<Span> spans() {
    return exports.stream()
        .flatMap(export -> export.getResourceSpansList().stream())
        .flatMap(resource -> resource.getScopeSpansList().stream())
        .flatMap(scope -> scope.getSpansList().stream())
        .toList();
  }

  /** The {@code Authorization} of each export, or an empty string. */
  public List<String> authorizations() {
    return List.copyOf(authorizations);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
