package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.FREE_BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.JSON;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeCollector;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Headers;
import dev.tallygate.testkit.RawClient;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collector is told of calls, and what the upstream is told of their trace. */
class TracingTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final String SAMPLED = "traceparent: 00-" + TRACE + "-" + PARENT + "-01";
  private static final String NOT_SAMPLED = "traceparent: 00-" + TRACE + "-" + PARENT + "-00";
  private static final String BODY =
      "{\"model\":\"glm-4.7\",\"messages\":[{\"role\":\"user\",\"content\":\"a secret prompt\"}]}";

  @TempDir Path folder;

  @Test
  void call_isASpanBelowTheClients_andAboveTheUpstreams() throws Exception {
    try (FakeCollector collector = FakeCollector.start()) {
      Headers sent;
      try (GatewayAndUpstream both = traced(collector);
          RawClient client = both.connect()) {
        both.upstream.then(Answers.chatCompletion(11, 7));
        client
            .request(
                "POST", CHAT, BODY, BEARER, JSON, SAMPLED, "tracestate: a=1", "tracestate: b=2")
            .readResponse();
        sent = both.upstream.onlyRequest().head();
      }
      Span span = only(collector);
      assertThat(span.getName()).isEqualTo("chat glm-4.7");
      assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
      assertThat(hex(span.getTraceId())).isEqualTo(TRACE);
      assertThat(hex(span.getParentSpanId())).isEqualTo(PARENT);
      assertThat(sent.all("traceparent"))
          .containsExactly("00-" + TRACE + "-" + hex(span.getSpanId()) + "-01");
      assertThat(sent.all("tracestate")).containsExactly("a=1,b=2");
      Map<String, Object> attributes = attributes(span.getAttributesList());
      assertThat(attributes)
          .containsEntry("gen_ai.operation.name", "chat")
          .containsEntry("gen_ai.provider.name", "openai")
          .containsEntry("gen_ai.request.model", "glm-4.7")
          .containsEntry("gen_ai.usage.input_tokens", 11L)
          .containsEntry("gen_ai.usage.output_tokens", 7L)
          .containsEntry("http.response.status_code", 200L)
          .containsEntry("server.address", "127.0.0.1")
          .containsEntry("tallygate.key.id", "fixed")
          .doesNotContainKeys("error.type", "gen_ai.response.time_to_first_chunk");
      assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
      assertThat(span.getEndTimeUnixNano()).isGreaterThanOrEqualTo(span.getStartTimeUnixNano());
      assertThat(
              attributes(
                  collector
                      .exports()
                      .getFirst()
                      .getResourceSpans(0)
                      .getResource()
                      .getAttributesList()))
          .containsEntry("service.name", "team-gateway")
          .containsKey("service.version");
      assertThat(collector.authorizations()).containsOnly("Bearer of the+collector");
      assertThat(collector.exports().toString())
          .doesNotContain("a secret prompt")
          .doesNotContain("Gr\\303\\274\\303\\237e")
          .doesNotContain(GatewayAndUpstream.KEY);
    }
  }

  @Test
  void streamsAndFailures_areTold() throws Exception {
    try (FakeCollector collector = FakeCollector.start()) {
      try (GatewayAndUpstream both = traced(collector);
          RawClient client = both.connect()) {
        both.upstream
            .then(Answers.messageStream(3, 20, 5))
            .then(Answers.json(429, "{}"))
            .then(connection -> {
              connection.send(Answers.streamHead());
              connection.sendChunk(Answers.chatEvents(1, 1, 1).getFirst());
              connection.closeAbruptly();
            });
        client.request("POST", MESSAGES, BODY, FREE_BEARER, JSON).readResponse();
        client.request("POST", CHAT, BODY, BEARER, JSON).readResponse();
        client.request("POST", CHAT, BODY, "Authorization: Bearer pk_nobody").readResponse();
        client.request("GET", "/v1/models", "", BEARER).readResponse();
      }
      List<Span> spans = collector.spans();
      // None of the stranger, who could fill the queue, and none of a list of models.
      assertThat(spans).hasSize(2);
      assertThat(attributes(spans.get(0).getAttributesList()))
          .containsEntry("gen_ai.provider.name", "anthropic")
          .containsEntry("gen_ai.request.stream", true)
          .containsEntry("gen_ai.usage.output_tokens", 5L)
          .hasEntrySatisfying(
              "gen_ai.response.time_to_first_chunk",
              seconds -> assertThat((Double) seconds).isPositive());
      assertThat(spans.get(1).getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
      assertThat(attributes(spans.get(1).getAttributesList())).containsEntry("error.type", "429");
    }
  }

  @Test
  void clientThatDoesNotSample_isFollowed_butItsTraceGoesOn() throws Exception {
    try (FakeCollector collector = FakeCollector.start()) {
      try (GatewayAndUpstream both = traced(collector);
          RawClient client = both.connect()) {
        client.request("POST", CHAT, BODY, BEARER, JSON, NOT_SAMPLED).readResponse();
        assertThat(both.upstream.onlyRequest().head().first("traceparent"))
            .startsWith("00-" + TRACE + "-")
            .endsWith("-00");
      }
      assertThat(collector.spans()).isEmpty();
    }
  }

  @Test
  void malformedContext_beginsATraceOfOurOwn() throws Exception {
    try (FakeCollector collector = FakeCollector.start()) {
      try (GatewayAndUpstream both = traced(collector);
          RawClient client = both.connect()) {
        client
            .request("POST", CHAT, BODY, BEARER, JSON, "traceparent: nonsense", "tracestate: a=1")
            .readResponse();
        Headers sent = both.upstream.onlyRequest().head();
        assertThat(sent.all("traceparent"))
            .singleElement()
            .asString()
            .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[13]");
        assertThat(sent.has("tracestate")).isFalse();
      }
      assertThat(only(collector).getParentSpanId()).isEqualTo(ByteString.EMPTY);
    }
  }

  @Test
  void withoutACollector_theClientsContextPassesAsItCame() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      client
          .request("POST", CHAT, BODY, BEARER, JSON, SAMPLED, "tracestate: a=1", "tracestate: b=2")
          .readResponse();
      client.request("POST", CHAT, BODY, BEARER, JSON, "traceparent: nonsense").readResponse();
      Headers sent = both.upstream.requests().getFirst().head();
      assertThat(sent.all("traceparent")).containsExactly(SAMPLED.substring(13));
      assertThat(sent.all("tracestate")).containsExactly("a=1", "b=2");
      assertThat(both.upstream.requests().getLast().head().all("traceparent"))
          .containsExactly("nonsense");
    }
  }

  @Test
  void collectorThatIsNotThere_neitherSlowsNorFailsCalls() throws Exception {
    int nobody;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = socket.getLocalPort();
    }
    Duration closing;
    try (LogCapture log = LogCapture.of("dev.tallygate.tracing", "io.opentelemetry")) {
      GatewayAndUpstream both =
          GatewayAndUpstream.start(
              folder,
              FakeUpstream.start().always(Answers.chatCompletion(2, 1)),
              "OTEL_EXPORTER_OTLP_ENDPOINT",
              "http://127.0.0.1:" + nobody);
      long before;
      try (both;
          RawClient client = both.connect()) {
        for (int i = 0; i < 50; i++) {
          assertThat(client.request("POST", CHAT, BODY, BEARER, JSON).readResponse().status())
              .isEqualTo(200);
        }
        before = System.nanoTime();
      }
      closing = Duration.ofNanos(System.nanoTime() - before);
      assertThat(log.lines())
          .filteredOn(line -> line.contains(":" + nobody))
          .hasSizeLessThanOrEqualTo(1);
    }
    assertThat(closing).isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void collectorThatRefuses_isToldOnce() throws Exception {
    try (FakeCollector collector = FakeCollector.start().answering(400);
        LogCapture log = LogCapture.of("dev.tallygate.tracing")) {
      try (GatewayAndUpstream both = traced(collector);
          RawClient client = both.connect()) {
        for (int i = 1; i <= 3; i++) {
          client.request("POST", CHAT, BODY, BEARER, JSON).readResponse();
          int exports = i;
          await()
              .atMost(Duration.ofSeconds(10))
              .until(() -> collector.authorizations().size() >= exports);
        }
      }
      // Another test's gateway may still be about to tell of its own.
      assertThat(log.lines())
          .filteredOn(line -> line.contains(collector.endpoint().toString()))
          .singleElement()
          .asString()
          .contains("traces do not reach the collector");
    }
  }

  private GatewayAndUpstream traced(FakeCollector collector) throws IOException {
    return GatewayAndUpstream.start(
        folder,
        FakeUpstream.start(),
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        collector.endpoint() + "/",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "Authorization=Bearer%20of%20the+collector",
        "OTEL_SERVICE_NAME",
        "team-gateway");
  }

  private static Span only(FakeCollector collector) {
    assertThat(collector.spans()).hasSize(1);
    return collector.spans().getFirst();
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  private static Map<String, Object> attributes(List<KeyValue> pairs) {
    Map<String, Object> attributes = new HashMap<>();
    for (KeyValue pair : pairs) {
      AnyValue value = pair.getValue();
      attributes.put(
          pair.getKey(),
          switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case INT_VALUE -> value.getIntValue();
            case BOOL_VALUE -> value.getBoolValue();
            case DOUBLE_VALUE -> value.getDoubleValue();
            default -> value;
          });
    }
    return attributes;
  }
}
