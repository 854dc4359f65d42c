package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.ReceivedRequest;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** In which forms a key is kept and presented, and what becomes of it on the way upstream. */
class KeyCredentialsTest {
  @TempDir Path folder;
  private KeyFiles file;
  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    file = KeyFiles.in(folder);
    upstream = FakeUpstream.start().always(Answers.chatCompletion(3, 4));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private RunningGateway gateway() throws IOException {
    return RunningGateway.start(folder, upstream, Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "Authorization, Bearer pk_user_12345, x-unrelated, 1",
    "Authorization, bearer   pk_user_12345, x-unrelated, 1",
    "x-api-key, pk_user_12345, x-unrelated, 1",
    "x-api-key, pk_user_12345, Authorization, Bearer sk-of-somebody-else",
    "x-api-key, sk-of-somebody-else, Authorization, Bearer pk_user_12345",
    "x-api-key, pk_user_12345, Authorization, Bearer pk_user_12345",
    "x-api-key, tg_cut_off, Authorization, Bearer pk_user_12345",
    "x-api-key, pk_user_12345, Authorization, Basic dXNlcjpwYXNz"
  })
  void key_isFoundInEitherHeader(String name, String value, String other, String otherValue)
      throws Exception {
    file.write(KeyFiles.key("pk_user_12345"));
    try (RunningGateway gateway = gateway()) {
      for (String path : new String[] {KeyCalls.CHAT, KeyCalls.MESSAGES}) {
        Http.Response answer =
            Http.post(gateway.uri(path), KeyCalls.BODY, name, value, other, otherValue);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        String sent = upstream.requests().getLast().head().raw();
        assertThat(sent)
            .as("no credential of the client's goes on")
            .doesNotContain("pk_user_12345", "sk-of-somebody-else", "tg_cut_off", "dXNlcjpwYXNz");
        assertThat(sent).contains(RunningGateway.MASTER_KEY);
      }
    }
  }

  @Test
  void requestsBehindAKeyThatTheStoreIsAskedFor_areAnsweredInTheirTurn() throws Exception {
    file.write(KeyFiles.key("pk_user_12345"));
    String request = "GET /stats HTTP/1.1\r\nHost: gateway\r\nx-api-key: %s\r\n\r\n";
    try (RunningGateway gateway = gateway();
        RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.send(
          request.formatted("pk_nobody_01")
              + request.formatted("pk_user_12345")
              + request.formatted("pk_nobody_02"));
      assertThat(client.readResponse().status()).isEqualTo(401);
      assertThat(client.readResponse().status()).isEqualTo(200);
      assertThat(client.readResponse().status()).isEqualTo(401);
    }
  }

  @Test
  void hashedKey_worksAndIsShownByItsId() throws Exception {
    String secret = GatewaySecret.generate(new SecureRandom());
    file.write(KeyFiles.keyHash(secret));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, secret).status()).isEqualTo(200);
      assertThat(KeyCalls.messages(gateway, secret).status()).isEqualTo(200);
      String id = "k_" + KeyDigest.of(secret).hex().substring(0, 12);
      assertThat(KeyCalls.stats(gateway, secret).path("key").asString()).isEqualTo(id);
      await()
          .atMost(Duration.ofSeconds(2))
          .untilAsserted(() -> assertThat(file.text()).contains("\"id\": \"" + id + "\""));
      assertThat(file.text()).doesNotContain(secret);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"upstream_key", "glmkey"})
  void usersOwnUpstreamKey_isSentInsteadOfTheMasterKey(String member) throws Exception {
    file.write(KeyFiles.key("pk_user_12345").with(member, "zai-of-user"));
    try (RunningGateway gateway = gateway()) {
      KeyCalls.chat(gateway, "pk_user_12345");
      KeyCalls.messages(gateway, "pk_user_12345");
    }
    ReceivedRequest chat = upstream.requests().getFirst();
    assertThat(chat.head().all("authorization")).containsExactly("Bearer zai-of-user");
    ReceivedRequest messages = upstream.requests().getLast();
    assertThat(messages.head().all("x-api-key")).containsExactly("zai-of-user");
    assertThat(chat.head().raw() + messages.head().raw()).doesNotContain(RunningGateway.MASTER_KEY);
  }

  @Test
  void refusedUpstreamKeyOfAUser_isToldAsSuch() throws Exception {
    file.write(KeyFiles.key("pk_user_12345").upstreamKey("zai-of-user"));
    upstream.always(Answers.json(401, "{}"));
    try (RunningGateway gateway = gateway()) {
      Http.Response answer = KeyCalls.chat(gateway, "pk_user_12345");
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.json().at("/error/message").asString())
          .contains("stored for your key", "the gateway key itself is fine")
          .doesNotContain("zai-of-user");
    }
  }

  @Test
  void rotation_keepsTheOldSecretForItsGraceAndTheHistoryForEver() throws Exception {
    Instant now = Ticker.system().now();
    String oldSecret = "pk_before_rotation";
    String secret = "pk_after_rotation";
    file.write(KeyFiles.key(oldSecret).id("team-a"));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, oldSecret).status()).isEqualTo(200);
      Instant graceEnds = now.plus(Duration.ofMillis(3_500));
      file.replace(KeyFiles.key(secret).id("team-a").previous(oldSecret, graceEnds));
      await()
          .atMost(Duration.ofSeconds(1))
          .untilAsserted(() -> assertThat(KeyCalls.chat(gateway, secret).status()).isEqualTo(200));
      assertThat(KeyCalls.chat(gateway, oldSecret).status()).isEqualTo(200);
      JsonNode stats = KeyCalls.stats(gateway, oldSecret);
      assertThat(stats).isEqualTo(KeyCalls.stats(gateway, secret));
      assertThat(stats.path("total_lifetime_tokens").asLong()).isEqualTo(21);
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(
              () -> assertThat(KeyCalls.chat(gateway, oldSecret).status()).isEqualTo(401));
      assertThat(Ticker.system().now()).isAfter(graceEnds);
      assertThat(KeyCalls.chat(gateway, secret).status()).isEqualTo(200);
    }
  }

  @Test
  void graceThatIsOver_isOver() throws Exception {
    Instant over = Ticker.system().now().minusSeconds(1);
    file.write(KeyFiles.key("pk_after_rotation").previous("pk_before_rotation", over));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_before_rotation").status()).isEqualTo(401);
      assertThat(KeyCalls.chat(gateway, "pk_after_rotation").status()).isEqualTo(200);
    }
  }

  @Test
  void key_expiresByTheClockAndNotByItsTtl() throws Exception {
    Instant expiry = Ticker.system().now().plusMillis(1_500);
    file.write(KeyFiles.key("pk_user_12345").expires(expiry));
    try (RunningGateway gateway = gateway()) {
      assertThat(KeyCalls.chat(gateway, "pk_user_12345").status()).isEqualTo(200);
      await()
          .atMost(Duration.ofSeconds(3))
          .pollInterval(Duration.ofMillis(20))
          .untilAsserted(() ->
              assertThat(KeyCalls.chat(gateway, "pk_user_12345").body()).contains("key_expired"));
      assertThat(Ticker.system().now()).isBetween(expiry, expiry.plusSeconds(1));
    }
  }
}
