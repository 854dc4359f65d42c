package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.FREE_BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.ReceivedRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code UPSTREAM_MAX_CONCURRENT} and {@code UPSTREAM_QUEUE_MS}. */
@Tag("transport")
class UpstreamLimitTest {
  @TempDir Path folder;

  private final Semaphore answers = new Semaphore(0);

  private static String call(String name) {
    return "{\"model\":\"glm-4.7\",\"user\":\"" + name + "\"}";
  }

  private GatewayAndUpstream start(String... variables) throws Exception {
    FakeUpstream upstream = FakeUpstream.start();
    upstream.always(connection -> {
      answers.acquire();
      connection.send(Answers.chatCompletion(1, 1));
    });
    return GatewayAndUpstream.start(folder, upstream, variables);
  }

  @Test
  void keysTakeTurns() throws Exception {
    try (GatewayAndUpstream both =
        start("UPSTREAM_MAX_CONCURRENT", "1", "UPSTREAM_QUEUE_MS", "20000")) {
      List<RawClient> clients = new ArrayList<>();
      try {
        for (String name : List.of("a1", "a2", "a3", "b1")) {
          RawClient client = both.connect();
          clients.add(client);
          client.request("POST", CHAT, call(name), name.startsWith("a") ? BEARER : FREE_BEARER);
          int sent = clients.size();
          await().atMost(Duration.ofSeconds(10)).until(() -> both.openCalls() == sent);
        }
        both.upstream.awaitRequests(1);
        answers.release(4);
        for (RawClient client : clients) {
          assertThat(client.readResponse().status()).isEqualTo(200);
        }
      } finally {
        for (RawClient client : clients) {
          client.close();
        }
      }
      assertThat(both.upstream.requests())
          .map(request -> request.json().path("user").asString())
          .containsExactly("a1", "a2", "b1", "a3");
    }
  }

  @Test
  void whoWaitsTooLong_isToldToComeBack() throws Exception {
    try (GatewayAndUpstream both =
            start("UPSTREAM_MAX_CONCURRENT", "1", "UPSTREAM_QUEUE_MS", "200");
        RawClient first = both.connect()) {
      first.request("POST", CHAT, call("first"), BEARER);
      both.upstream.awaitRequests(1);
      Http.Response second = Http.post(both.uri(CHAT), call("second"), "x-api-key", KEY);
      assertThat(second.status()).isEqualTo(503);
      assertThat(second.json().at("/error/code").asString()).isEqualTo("upstream_busy");
      assertThat(second.header("retry-after")).isEqualTo("1");
      answers.release();
      assertThat(first.readResponse().status()).isEqualTo(200);
      both.gateway.awaitIdle();
      assertThat(both.gateway.gateway().openReservations()).isZero();
    }
  }

  @Test
  void withoutAQueue_whatIsTooManyIsRefusedAtOnce() throws Exception {
    try (GatewayAndUpstream both = start("UPSTREAM_MAX_CONCURRENT", "1");
        RawClient first = both.connect()) {
      first.request("POST", CHAT, call("first"), BEARER);
      both.upstream.awaitRequests(1);
      assertThat(Http.post(both.uri(CHAT), call("second"), "x-api-key", KEY).status())
          .isEqualTo(503);
      answers.release();
      assertThat(first.readResponse().status()).isEqualTo(200);
    }
  }

  @Test
  void whoLeavesWhileWaiting_leavesItsTurnToOthers() throws Exception {
    try (GatewayAndUpstream both =
            start("UPSTREAM_MAX_CONCURRENT", "1", "UPSTREAM_QUEUE_MS", "20000");
        RawClient first = both.connect();
        RawClient last = both.connect()) {
      first.request("POST", CHAT, call("first"), BEARER);
      both.upstream.awaitRequests(1);
      try (RawClient leaving = both.connect()) {
        leaving.request("POST", CHAT, call("leaving"), BEARER);
        await().atMost(Duration.ofSeconds(10)).until(() -> both.openCalls() == 2);
      }
      await().atMost(Duration.ofSeconds(10)).until(() -> both.openCalls() == 1);
      last.request("POST", CHAT, call("last"), BEARER);
      answers.release(2);
      assertThat(first.readResponse().status()).isEqualTo(200);
      assertThat(last.readResponse().status()).isEqualTo(200);
      assertThat(both.upstream.requests())
          .map(ReceivedRequest::json)
          .map(body -> body.path("user").asString())
          .containsExactly("first", "last");
    }
  }

  @Test
  void whoLeavesWhileServed_givesItsPlaceBack() throws Exception {
    try (GatewayAndUpstream both = start("UPSTREAM_MAX_CONCURRENT", "1")) {
      try (RawClient leaving = both.connect()) {
        leaving.request("POST", CHAT, call("leaving"), BEARER);
        both.upstream.awaitRequests(1);
      }
      both.gateway.awaitIdle();
      answers.release(2);
      assertThat(Http.post(both.uri(CHAT), call("next"), "x-api-key", KEY).status()).isEqualTo(200);
    }
  }
}
