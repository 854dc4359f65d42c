package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import dev.tallygate.config.Config.Logging.Format;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeCollector;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code LOG_FORMAT=json}: one line for a request, with what an operator needs and no more. */
class JsonLogsTest {
  private static final String KEY = "pk_secret_of_the_holder";
  private static final String BODY =
      "{\"model\":\"glm-4.7\",\"messages\":[{\"role\":\"user\",\"content\":\"what was asked\"}]}";

  @TempDir Path folder;

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Encoder<ILoggingEvent> encoder = Logs.encoder(context, Format.JSON);
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(new String(encoder.encode(event), StandardCharsets.UTF_8));
        }
      };

  @BeforeEach
  void listen() {
    appender.start();
    root.addAppender(appender);
    context.getLogger("dev.tallygate").setLevel(Level.TRACE);
    context.getLogger("tallygate").setLevel(Level.TRACE);
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(appender);
    context.getLogger("dev.tallygate").setLevel(null);
    context.getLogger("tallygate").setLevel(null);
  }

  @Test
  void eachRequest_isOneLine_withoutWhatWasSaid() throws Exception {
    KeyFiles.in(folder).write(KeyFiles.key(KEY).id("holder").name("Ann Holder").model("glm-4.7"));
    try (FakeCollector collector = FakeCollector.start();
        FakeUpstream upstream = FakeUpstream.start();
        RunningGateway gateway =
            RunningGateway.start(
                folder,
                upstream,
                Map.of(
                    "ACCESS_LOG",
                    "on",
                    "LOG_FORMAT",
                    "json",
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    collector.endpoint().toString()));
        RawClient client = RawClient.connect(gateway.uri("/"))) {
      upstream
          .then(Answers.chatCompletion(11, 7))
          .then(Answers.chatStream(2, 20, 5))
          .then(Answers.json(500, "{\"error\":\"what went wrong upstream\"}"));
      String chat = "/v1/chat/completions";
      String bearer = "Authorization: Bearer " + KEY;
      String context = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      client.request("POST", chat, BODY, bearer, "x-request-id: one", context).readResponse();
      client.request("POST", chat, BODY, bearer, "x-request-id: two").readResponse();
      client.request("POST", chat, BODY, bearer, "x-request-id: three").readResponse();
      client
          .request("POST", chat + "?what=was+asked", BODY, "x-api-key: pk_nobodys_secret")
          .readResponse();
      client.request("GET", "/health", "").readResponse();
      gateway.awaitIdle();

      List<JsonNode> requests =
          lines.stream()
              .map(JsonLogsTest::oneObject)
              .filter(line -> line.path("logger").asString().equals("tallygate.access"))
              .toList();
      assertThat(requests).hasSize(5);
      JsonNode one = requests.getFirst();
      assertThat(one.propertyNames())
          .containsExactlyInAnyOrder(
              "@timestamp",
              "level",
              "logger",
              "thread",
              "message",
              "request_id",
              "method",
              "path",
              "status",
              "outcome",
              "trace_id",
              "key",
              "model",
              "input_tokens",
              "output_tokens",
              "bytes",
              "upstream_ms",
              "first_byte_ms",
              "duration_ms");
      assertThat(one.path("request_id").asString()).isEqualTo("one");
      assertThat(one.path("trace_id").asString()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
      assertThat(one.path("key").asString()).isEqualTo("holder");
      assertThat(one.path("model").asString()).isEqualTo("glm-4.7");
      assertThat(one.path("input_tokens").asInt()).isEqualTo(11);
      assertThat(one.path("outcome").asString()).isEqualTo("relayed");
      assertThat(requests.get(1).path("stream").asBoolean()).isTrue();
      assertThat(requests.get(2).path("status").asInt()).isEqualTo(500);
      assertThat(requests.get(3).path("path").asString()).isEqualTo(chat);
      assertThat(requests.get(3).path("error").asString()).isEqualTo("invalid_api_key");
      assertThat(requests.get(3).has("key")).isFalse();
      assertThat(requests.get(4).has("trace_id")).isFalse();
    }
    assertThat(String.join("", lines))
        .doesNotContain("pk_secret", "pk_nobodys_secret", "Holder", RunningGateway.MASTER_KEY)
        .doesNotContain("what was asked", "what=was", "Grüße", "wörd", "what went wrong");
  }

  private static JsonNode oneObject(String line) {
    assertThat(line).endsWith("\n");
    assertThat(line.lines()).hasSize(1);
    JsonNode object = JsonMapper.shared().readTree(line);
    assertThat(object.isObject()).isTrue();
    return object;
  }
}
