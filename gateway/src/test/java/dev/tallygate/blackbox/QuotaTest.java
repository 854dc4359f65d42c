package dev.tallygate.blackbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.demo.Behaviour;
import dev.tallygate.demo.SimulatedUpstream;
import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A key's limits, as its holder meets them. */
class QuotaTest {
  private static final String KEY = "pk_user_12345";

  @TempDir Path folder;
  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private RunningGateway gateway(KeyFiles.Entry key) throws IOException {
    KeyFiles.in(folder).write(key);
    return RunningGateway.start(folder, upstream, Map.of());
  }

  @Test
  void everyFormatIsCharged_untilTheLimitIsReached() throws Exception {
    try (RunningGateway gateway = gateway(KeyFiles.key(KEY).limit(150))) {
      upstream
          .then(Answers.chatCompletion(10, 20))
          .then(Answers.message(11, 22))
          .then(Answers.chatStream(5, 12, 24))
          .then(Answers.messageStream(5, 13, 26));
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(200);
      assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(30);
      assertThat(KeyCalls.messages(gateway, KEY).status()).isEqualTo(200);
      assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(63);
      assertThat(post(gateway, KeyCalls.CHAT, "{\"stream\":true}").body()).contains("[DONE]");
      assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(99);
      assertThat(post(gateway, KeyCalls.MESSAGES, "{\"stream\":true}").body())
          .contains("message_stop");
      assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(138);
      // Anything left admits a call; what it uses above that is charged in full.
      upstream.then(Answers.chatCompletion(30, 40));
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(200);
      assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(208);
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(429);
      assertThat(KeyCalls.messages(gateway, KEY).status()).isEqualTo(429);
      assertThat(upstream.requests()).hasSize(5);
    }
  }

  @Test
  void retryAfter_isWhenEnoughHasLeft() throws Exception {
    Instant now = Ticker.system().now();
    KeyFiles.Entry key =
        KeyFiles.key(KEY)
            .limit(100)
            .used(now.minus(Duration.ofHours(4)), 30)
            .used(now.minus(Duration.ofHours(3)), 40)
            .used(now.minus(Duration.ofHours(1)), 60);
    try (RunningGateway gateway = gateway(key)) {
      Http.Response answer = KeyCalls.chat(gateway, KEY);
      assertThat(answer.status()).isEqualTo(429);
      // 130 used: without the 30 of four hours ago it is still 100, without the next 40 it is 60.
      long twoHours = Duration.ofHours(2).toSeconds();
      assertThat(Long.parseLong(answer.header("retry-after")))
          .isBetween(twoHours - 30, twoHours + 61);
      assertThat(answer.json().at("/error/tokens_used").asLong()).isEqualTo(130);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 429, 500, 529})
  void failedCalls_areNotCharged(int status) throws Exception {
    try (RunningGateway gateway = gateway(KeyFiles.key(KEY).limit(10))) {
      upstream.always(Answers.json(status, "{\"error\":{\"message\":\"no\",\"code\":\"1302\"}}"));
      for (int call = 0; call < 3; call++) {
        Http.Response answer = KeyCalls.chat(gateway, KEY);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).contains("\"1302\"");
        assertThat(KeyCalls.messages(gateway, KEY).status()).isEqualTo(status);
      }
      assertThat(KeyCalls.used(gateway, KEY)).isZero();
    }
  }

  @Test
  void lookAtAnEarlierAnswer_isNotChargedAgain() throws Exception {
    try (RunningGateway gateway = gateway(KeyFiles.key(KEY))) {
      upstream.always(Answers.chatCompletion(10, 20));
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(200);
      for (int i = 0; i < 3; i++) {
        Http.Response again =
            Http.get(gateway.uri("/v1/chat/completions/chatcmpl-1"), "x-api-key", KEY);
        assertThat(again.body()).contains("\"usage\"");
      }
      assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(30);
    }
  }

  @Test
  void spentTokens_holdBackNoListing() throws Exception {
    KeyFiles.Entry key = KeyFiles.key(KEY).limit(10).used(Ticker.system().now(), 10);
    try (RunningGateway gateway = gateway(key)) {
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(429);
      upstream.then(Answers.json(200, "{\"object\":\"list\",\"data\":[]}"));
      Http.Response models = Http.get(gateway.uri("/v1/models"), "x-api-key", KEY);
      assertThat(models.status()).isEqualTo(200);
      assertThat(models.body()).isEqualTo("{\"object\":\"list\",\"data\":[]}");
      assertThat(upstream.onlyRequest().target()).isEqualTo("/openai/models");
      assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(10);
    }
  }

  @Test
  void limitOfZero_admitsNothing() throws Exception {
    try (RunningGateway gateway = gateway(KeyFiles.key(KEY).limit(0))) {
      Http.Response answer = KeyCalls.chat(gateway, KEY);
      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.header("x-should-retry")).isEqualTo("false");
    }
  }

  @Test
  void requestsPerMinute_countEveryAdmittedCall() throws Exception {
    try (RunningGateway gateway = gateway(KeyFiles.key(KEY).requestsPerMinute(3))) {
      upstream.then(Answers.json(500, "{}"));
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(500);
      assertThat(KeyCalls.messages(gateway, KEY).status()).isEqualTo(200);
      assertThat(Http.get(gateway.uri("/v1/models"), "x-api-key", KEY).status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(429);
      assertThat(KeyCalls.chat(gateway, KEY).body()).contains("requests per minute");
      assertThat(upstream.requests()).hasSize(3);
      // Looking at one's own figures is not a call.
      assertThat(Http.get(gateway.uri("/stats"), "x-api-key", KEY).status()).isEqualTo(200);
    }
  }

  @Test
  void maxConcurrent_isNeverExceeded() throws Exception {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    upstream.always(connection -> {
      most.accumulateAndGet(running.incrementAndGet(), Math::max);
      byte[] answer = Answers.chatCompletion(1, 1).getBytes(UTF_8);
      int last = answer.length - 1;
      connection.sendSlowly(Arrays.copyOf(answer, last), last / 3);
      // Before its last byte is out a call cannot be over for the gateway.
      running.decrementAndGet();
      connection.send(Arrays.copyOfRange(answer, last, answer.length));
    });
    AtomicInteger served = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    try (RunningGateway gateway = gateway(KeyFiles.key(KEY).maxConcurrent(4));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> callers = new ArrayList<>();
      for (int caller = 0; caller < 24; caller++) {
        boolean chat = caller % 2 == 0;
        callers.add(
            threads.submit(() -> {
              for (int call = 0; call < 20; call++) {
                Http.Response answer =
                    chat ? KeyCalls.chat(gateway, KEY) : KeyCalls.messages(gateway, KEY);
                assertThat(answer.status()).isIn(200, 429);
                (answer.status() == 200 ? served : refused).incrementAndGet();
              }
              return null;
            }));
      }
      for (Future<?> caller : callers) {
        caller.get();
      }
      assertThat(most.get()).isEqualTo(4);
      assertThat(refused.get()).isPositive();
      assertThat(served.get()).isEqualTo(upstream.requests().size());
      // All places are free again.
      for (int call = 0; call < 5; call++) {
        assertThat(KeyCalls.chat(gateway, KEY).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void concurrentCalls_areChargedToTheToken() throws Exception {
    try (SimulatedUpstream simulated =
        SimulatedUpstream.start(
            0, Set.of(RunningGateway.MASTER_KEY), Behaviour.PROMPT, Ticker.system())) {
      KeyFiles.in(folder).write(KeyFiles.key(KEY).limit(1_000_000));
      try (RunningGateway gateway =
              RunningGateway.start(
                  folder, simulated.openAiBase(), simulated.anthropicBase(), Map.of());
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> callers = new ArrayList<>();
        for (int caller = 0; caller < 32; caller++) {
          String path = caller % 2 == 0 ? KeyCalls.CHAT : KeyCalls.MESSAGES;
          String stream = caller % 4 < 2 ? "true" : "false";
          callers.add(
              threads.submit(() -> {
                for (int call = 0; call < 5; call++) {
                  String body = "{\"stream\":" + stream + "," + KeyCalls.BODY.substring(1);
                  assertThat(post(gateway, path, body).status()).isEqualTo(200);
                }
                return null;
              }));
        }
        for (Future<?> caller : callers) {
          caller.get();
        }
        assertThat(simulated.served().total().calls()).isEqualTo(160);
        assertThat(KeyCalls.used(gateway, KEY)).isEqualTo(simulated.served().total().charged());
      }
    }
  }

  private static Http.Response post(RunningGateway gateway, String path, String body)
      throws IOException, InterruptedException {
    return Http.post(gateway.uri(path), body, "x-api-key", KEY);
  }
}
