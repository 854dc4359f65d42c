package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Certificates;
import dev.tallygate.testkit.FakeCollector;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Every kind of call, with everything logged that any library can log: no secret, prompt or answer
 * is in logs, errors, metrics or traces. Answers of the upstream, which are passed on as they are,
 * are the caller's own and not looked at.
 */
class SecretsEverywhereTest {
  private static final String KEY = "pk_secret_of_ada_12345";
  private static final String OWN = "credential-of-bob-at-the-upstream";
  private static final String BOB = "pk_secret_of_bob_67890";
  private static final String COLLECTOR = "token-for-the-collector";
  private static final String PROMPT =
      "{\"model\":\"glm-4.7\",\"messages\":[{\"role\":\"user\",\"content\":\"the-prompt-itself\"}]}";
  private static final String STREAM = PROMPT.replace("{\"model\"", "{\"stream\":true,\"model\"");
  private static final String ANSWER =
      "{\"choices\":[{\"message\":{\"content\":\"the-answer-itself\"}}],"
          + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}";

  @TempDir Path folder;

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final ThrowableProxyConverter traces = new ThrowableProxyConverter();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Map<Logger, Level> raised = new HashMap<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          told.add(
              event.getLoggerName()
                  + ' '
                  + event.getFormattedMessage()
                  + ' '
                  + event.getKeyValuePairs()
                  + ' '
                  + traces.convert(event));
        }
      };
  private Level before = Level.INFO;

  @BeforeEach
  void listen() {
    traces.start();
    appender.start();
    before = root.getLevel();
    root.setLevel(Level.TRACE);
    root.addAppender(appender);
    LoggerContext context = root.getLoggerContext();
    for (Logger logger : context.getLoggerList()) {
      if (logger.getLevel() != null && !logger.equals(root)) {
        raised.put(logger, logger.getLevel());
        logger.setLevel(Level.TRACE);
      }
    }
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(appender);
    root.setLevel(before);
    raised.forEach(Logger::setLevel);
  }

  @Test
  void nothingTellsASecret() throws Exception {
    Certificates known = Certificates.common();
    Path key = known.writeKey(folder.resolve("key.pem"));
    KeyFiles.in(folder)
        .write(
            KeyFiles.key(KEY).id("ada").model("glm-4.7"),
            KeyFiles.key(BOB).id("bob").model("glm-4.7").upstreamKey(OWN),
            KeyFiles.key("pk_secret_of_eve_expired").id("eve").disabled());
    try (FakeCollector collector = FakeCollector.start();
        FakeUpstream upstream = FakeUpstream.start().always(Answers.json(200, ANSWER))) {
      Map<String, String> talkative =
          Map.of(
              "LOG_LEVEL",
              "trace",
              "CACHE_LOG_LEVEL",
              "debug",
              "ACCESS_LOG",
              "on",
              "ADMIN_TOKEN",
              AdminClient.TOKEN,
              "OTEL_EXPORTER_OTLP_ENDPOINT",
              collector.endpoint().toString(),
              "OTEL_EXPORTER_OTLP_HEADERS",
              "authorization=" + COLLECTOR);
      try (RunningGateway gateway = RunningGateway.start(folder, upstream, talkative)) {
        served(gateway, upstream);
        refused(gateway);
        failing(gateway, upstream);
        administered(gateway);
        told.add(Http.get(gateway.managementUri("/metrics")).body());
        told.add(Http.get(gateway.uri("/health")).body());
      }
      Map<String, String> tls =
          Map.of(
              "LOG_LEVEL", "trace",
              "TLS_CERT", known.writeCertificate(folder.resolve("cert.pem")).toString(),
              "TLS_KEY", key.toString());
      try (RunningGateway gateway = RunningGateway.start(folder, upstream, tls)) {
        overTls(gateway, known);
      }
      collector.exports().forEach(export -> told.add(export.toString()));
      assertThat(collector.spans()).isNotEmpty();
    }
    String all = String.join("\n", told);
    assertThat(all)
        .as("what is looked through")
        .contains(
            "io.netty", "tallygate_requests_total", "glm-4.7", "bob", "not an SSL/TLS record");
    assertThat(all)
        .doesNotContain(
            KEY,
            BOB,
            OWN,
            "pk_secret_of_eve",
            "pk_secret_of_nobody",
            RunningGateway.MASTER_KEY,
            AdminClient.TOKEN,
            "not-the-admin-token",
            COLLECTOR,
            "the-prompt-itself",
            "the-answer-itself",
            Files.readAllLines(key).get(1));
  }

  private void served(RunningGateway gateway, FakeUpstream upstream) throws Exception {
    for (String secret : List.of(KEY, BOB)) {
      assertThat(post(gateway, "/v1/chat/completions", PROMPT, secret)).isEqualTo(200);
      assertThat(post(gateway, "/v1/messages", PROMPT, secret)).isEqualTo(200);
      upstream.then(Answers.stream(List.of("data: " + ANSWER + "\n\n", "data: [DONE]\n\n")));
      assertThat(post(gateway, "/v1/chat/completions", STREAM, secret)).isEqualTo(200);
      told.add(Http.get(gateway.uri("/stats"), "x-api-key", secret).body());
      told.add(Http.get(gateway.uri("/cache-stats"), "x-api-key", secret).body());
    }
  }

  private void refused(RunningGateway gateway) throws Exception {
    refusal(gateway, "/v1/chat/completions", PROMPT, "pk_secret_of_eve_expired", 403);
    refusal(gateway, "/v1/chat/completions", PROMPT, "pk_secret_of_nobody", 401);
    refusal(gateway, "/v1/chat/completions", PROMPT + "broken", KEY, 400);
    refusal(gateway, "/nowhere?key=" + KEY, PROMPT, KEY, 404);
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.send("GET /?key=" + KEY + " HTTP/9.9\r\nAuthorization: Bearer " + KEY + "\r\n\r\n");
      told.add(client.readResponse().text());
    }
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.send("POST / HTTP/1.1\r\nAuthorization: Bearer " + KEY + "\rx: y\r\n\r\n" + PROMPT);
      told.add(client.readResponse().text());
    }
  }

  private void failing(RunningGateway gateway, FakeUpstream upstream) throws Exception {
    upstream.then("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Length: 9\r\n\r\n" + ANSWER);
    refusal(gateway, "/v1/chat/completions", PROMPT, KEY, 502);
    upstream.then(ANSWER + "\r\n\r\n");
    refusal(gateway, "/v1/chat/completions", PROMPT, BOB, 502);
    upstream.then(connection -> connection.closeAbruptly());
    refusal(gateway, "/v1/chat/completions", PROMPT, KEY, 502);
    upstream.then(Answers.json(401, "{\"error\":{\"message\":\"bad key " + OWN + "\"}}"));
    refusal(gateway, "/v1/chat/completions", PROMPT, BOB, 502);
    upstream.then(
        Answers.json(
            429,
            "{\"error\":{\"code\":\"1113\",\"message\":\"" + RunningGateway.MASTER_KEY + "\"}}"));
    refusal(gateway, "/v1/chat/completions", PROMPT, KEY, 502);
  }

  private void administered(RunningGateway gateway) throws Exception {
    AdminClient admin = new AdminClient(gateway);
    told.add(admin.get("/keys").body());
    told.add(admin.get("/keys/ada").body());
    told.add(admin.patch("/keys/ada", "{\"token_limit_per_5h\":\"" + KEY + "\"}").body());
    told.add(admin.post("/keys", "{\"name\":\"x\",\"id\":\"" + KEY + "\"").body());
    told.add(admin.get("/usage?by=key").body());
    told.add(admin.get("/status").body());
    // Shown once to whoever made it, and nowhere else.
    Http.Response created = admin.post("/keys", "{\"name\":\"Grace\",\"model\":\"glm-4.7\"}");
    assertThat(created.status()).as(created.body()).isEqualTo(201);
    String secret = created.json().path("secret").asString();
    assertThat(post(gateway, "/v1/chat/completions", PROMPT, secret)).isEqualTo(200);
    assertThat(String.join("\n", told)).doesNotContain(secret);
    told.add(
        Http.get(
                gateway.managementUri("/admin/v1/keys"),
                "Authorization",
                "Bearer not-the-admin-token")
            .body());
    told.add(Http.get(gateway.managementUri("/metrics")).body());
    assertThat(String.join("\n", told)).doesNotContain(secret);
  }

  private void overTls(RunningGateway gateway, Certificates known) throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(known.trusting()).build()) {
      URI uri =
          URI.create("https://localhost:" + gateway.gateway().port() + "/v1/chat/completions");
      HttpRequest request =
          HttpRequest.newBuilder(uri)
              .timeout(Duration.ofSeconds(10))
              .header("Authorization", "Bearer " + KEY)
              .POST(HttpRequest.BodyPublishers.ofString(PROMPT))
              .build();
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    }
    try (RawClient plain = RawClient.connect(gateway.uri("/"))) {
      plain.request("GET", "/", "", "Authorization: Bearer " + KEY);
      assertThat(plain.awaitServerGone(Duration.ofSeconds(10))).isTrue();
    }
  }

  private static int post(RunningGateway gateway, String path, String body, String secret)
      throws Exception {
    return Http.post(gateway.uri(path), body, "Authorization", "Bearer " + secret).status();
  }

  private void refusal(RunningGateway gateway, String path, String body, String secret, int status)
      throws Exception {
    Http.Response answer = Http.post(gateway.uri(path), body, "Authorization", "Bearer " + secret);
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    told.add(answer.headers() + answer.body());
  }
}
