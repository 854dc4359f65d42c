package dev.tallygate.server;

import static dev.tallygate.server.ServerUnderTest.X_API_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.Outcome;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.UpstreamConnection;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer is complete only when its usage is on record. */
class CommitBeforeCompleteTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String STREAM =
      "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
  private static final Duration A_MOMENT = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final FakeTicker ticker = new FakeTicker();

  @SuppressWarnings("NullAway.Init")
  private ServerUnderTest server;

  @SuppressWarnings("NullAway.Init")
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    server = new ServerUnderTest(ticker, Duration.ofMinutes(5));
    client = server.connect();
  }

  @AfterEach
  void stop() throws IOException {
    server.ledger.resume();
    client.close();
    await().atMost(PATIENCE).until(() -> server.quota.openReservations() == 0);
    assertThat(server.quota.reservedTokens()).isZero();
    assertThat(server.reservedTokens.sum()).isZero();
    server.close();
  }

  @Test
  void plainAnswer_isNotWholeBeforeTheCommit() throws Exception {
    server.upstream.then(Answers.chatCompletion(11, 22));
    server.ledger.stall();
    client.request("POST", CHAT, "{}", X_API_KEY);
    awaitRecords(1);
    assertNothingComes();
    assertThat(server.quota.openReservations()).as("not settled before").isEqualTo(1);
    assertThat(server.reservedTokens.sum())
        .as("what the audit compares")
        .isEqualTo(server.quota.reservedTokens())
        .isPositive();

    server.ledger.resume();
    RawResponse answer = client.patience(PATIENCE).readResponse();
    assertThat(answer.whole()).isTrue();
    assertThat(answer.text()).isEqualTo(Answers.chatCompletionBody(11, 22));
    assertThat(server.ledger.records())
        .extracting(UsageRecord::usage)
        .containsExactly(tokens(11, 22));
  }

  @Test
  void largeAnswer_comesButForItsLastBytes() throws Exception {
    String body = Answers.chatCompletionBody(11, 22);
    String filler = " ".repeat(200_000);
    server.upstream.then(Answers.json(200, filler + body));
    server.ledger.stall();
    client.request("POST", CHAT, "{}", X_API_KEY);
    client.readHead();
    int[] got = new int[1];
    assertThatThrownBy(
            () -> {
              client.patience(Duration.ofSeconds(2));
              while (true) {
                got[0] += size(client);
              }
            })
        .isInstanceOf(SocketTimeoutException.class);
    int length = filler.length() + body.length();
    assertThat(got[0]).as("all but the last read").isBetween(length - 128 * 1024, length - 1);

    server.ledger.resume();
    assertThat(client.patience(PATIENCE).rest().whole()).isTrue();
  }

  @Test
  void chunkedAnswer_lacksItsLastChunkBeforeTheCommit() throws Exception {
    String body = Answers.chatCompletionBody(11, 22);
    server.upstream.then(connection -> {
      connection.send(Answers.chunked(200, List.of(body)).replace("0\r\n\r\n", ""));
      connection.stall();
      connection.endChunks();
    });
    server.ledger.stall();
    client.request("POST", CHAT, "{}", X_API_KEY);
    client.readHead();
    assertThat(client.readUntil("}}")).as("all but the end").isEqualTo(body);
    server.upstream.release();
    awaitRecords(1);
    assertThat(restUntilSilent()).isEmpty();

    server.ledger.resume();
    assertThat(client.patience(PATIENCE).rest().whole()).isTrue();
  }

  @Test
  void chatStream_comesAsItIsMade_butForDone() throws Exception {
    server.upstream.then(connection -> play(connection, Answers.chatEvents(3, 20, 3)));
    server.ledger.stall();
    client.request("POST", CHAT, STREAM, X_API_KEY);
    client.readHead();
    assertThat(client.readUntil("\"usage\":")).doesNotContain("[DONE]");
    awaitRecords(1);
    assertThat(restUntilSilent()).as("the end marker").doesNotContain("]");

    server.ledger.resume();
    RawResponse whole = client.patience(PATIENCE).rest();
    assertThat(whole.whole()).isTrue();
    assertThat(whole.text()).isEqualTo(String.join("", Answers.chatEvents(3, 20, 3)));
  }

  @Test
  void messageStream_comesAsItIsMade_butForTheEndOfMessageStop() throws Exception {
    server.upstream.then(connection -> play(connection, Answers.messageEvents(3, 20, 3)));
    server.ledger.stall();
    client.request("POST", "/v1/messages", "{\"stream\":true,\"max_tokens\":9}", X_API_KEY);
    client.readHead();
    String before = client.readUntil("message_delta");
    awaitRecords(1);
    assertThat(before + restUntilSilent()).endsWith("data: {\"type\":\"message_stop\"");

    server.ledger.resume();
    RawResponse whole = client.patience(PATIENCE).rest();
    assertThat(whole.text()).isEqualTo(String.join("", Answers.messageEvents(3, 20, 3)));
    assertThat(server.ledger.records())
        .extracting(UsageRecord::usage)
        .containsExactly(tokens(20, 3));
  }

  @Test
  void upstreamThatForgetsToEndTheMessage_isGivenASecond() throws Exception {
    server.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      for (String event : Answers.chatEvents(1, 5, 1)) {
        connection.sendChunk(event);
      }
      connection.stall();
    });
    client.request("POST", CHAT, STREAM, X_API_KEY);
    client.readHead();
    client.readUntil("\"usage\":");
    await()
        .atMost(PATIENCE)
        .until(() -> {
          ticker.advance(Duration.ofMillis(500));
          return !server.finished.isEmpty();
        });
    RawResponse whole = client.rest();
    assertThat(whole.whole()).isTrue();
    assertThat(whole.text()).endsWith("data: [DONE]\n\n");
    assertThat(server.ledger.records()).hasSize(1);
  }

  @Test
  void commitThatDoesNotCome_cutsTheAnswer_andItsUsageStaysQueued() throws Exception {
    server.upstream.then(connection -> play(connection, Answers.chatEvents(3, 20, 3)));
    server.ledger.stall();
    client.request("POST", CHAT, STREAM, X_API_KEY);
    client.readHead();
    awaitRecords(1);
    await()
        .atMost(PATIENCE)
        .until(() -> {
          ticker.advance(Duration.ofSeconds(1));
          return !server.finished.isEmpty();
        });
    RawResponse cut = client.rest();
    assertThat(cut.whole()).isFalse();
    assertThat(cut.text()).doesNotContain("[DONE]");
    assertThat(server.finished).extracting("outcome").containsExactly(Outcome.UNRECORDED);
    assertThat(server.quota.openReservations()).as("until it is on record").isEqualTo(1);

    server.ledger.resume();
    await().atMost(PATIENCE).until(() -> server.quota.openReservations() == 0);
    assertThat(server.ledger.records()).hasSize(1);
    assertThat(server.finished).as("told once").hasSize(1);
  }

  @Test
  void clientThatLeavesWhileTheCommitIsAwaited_isNotSaidToHaveTheAnswer() throws Exception {
    server.upstream.then(Answers.chatCompletion(11, 22));
    server.ledger.stall();
    client.request("POST", CHAT, "{}", X_API_KEY);
    awaitRecords(1);
    client.closeAbruptly();
    await()
        .atMost(PATIENCE)
        .until(() -> server.reservedTokens.sum() > 0 && server.openExchanges() == 0);
    server.ledger.resume();
    Exchange gone = await().atMost(PATIENCE).until(server.finished::peek, each -> each != null);
    assertThat(gone.outcome()).isEqualTo(Outcome.CLIENT_GONE);
    assertThat(gone.bytesOut()).isZero();
    assertThat(server.ledger.records()).as("charged all the same").hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"choices\":[{\"message\":{\"content\":\"forty letters are ten tokens or so, no more\"}}]}",
        "{\"choices\":[\"forty letters are ten tokens or so, no more\"],\"usage\":null}",
        "not even JSON, but forty letters all the same"
      })
  void completionThatDoesNotTellItsUsage_isChargedAnEstimate(String body) throws Exception {
    server.upstream.then(Answers.json(200, body));
    client.request("POST", CHAT, "{\"messages\":\"" + "word ".repeat(60) + "\"}", X_API_KEY);
    assertThat(client.readResponse().text()).isEqualTo(body);
    awaitRecords(1);
    UsageRecord record = server.ledger.records().getFirst();
    assertThat(record.usage().input()).isBetween(40L, 400L);
    assertThat(record.usage().output()).isBetween(5L, 100L);
    assertThat(record.estimatedTokens()).isEqualTo(record.usage().total());
  }

  @Test
  void strictKeysLimit_isHeldByTheNameThatTheApiKnows() throws Exception {
    server.upstream.always(Answers.chatCompletion(1, 1));
    String wrongName = "{\"max_output_tokens\":1,\"messages\":[]}";
    client.request("POST", CHAT, wrongName, "x-api-key: pk_strict_12345");
    RawResponse refused = client.readResponse();
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("exceeds_token_limit");
    String rightName = "{\"max_completion_tokens\":1,\"messages\":[]}";
    client.request("POST", CHAT, rightName, "x-api-key: pk_strict_12345");
    assertThat(client.readResponse().status()).isEqualTo(200);
  }

  @Test
  void answerWithoutUsage_waitsForNothing() throws Exception {
    server.upstream.then(Answers.json(200, "{\"data\":[]}"));
    server.ledger.stall();
    client.request("GET", "/v1/models", "", X_API_KEY);
    assertThat(client.readResponse().text()).isEqualTo("{\"data\":[]}");
    assertThat(server.ledger.records()).isEmpty();
  }

  @Test
  void ledgerInTrouble_letsNoCallThrough_andSaysWhy() throws Exception {
    server.ledger.trouble("its disk is full");
    client.request("POST", CHAT, "{}", X_API_KEY);
    RawResponse refused = client.readResponse();
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.header("retry-after")).isEqualTo("2");
    assertThat(refused.text()).contains("ledger_unavailable", "its disk is full");
    assertThat(server.upstream.requests()).isEmpty();

    server.ledger.trouble(null);
    server.upstream.then(Answers.chatCompletion(1, 1));
    client.request("POST", CHAT, "{}", X_API_KEY);
    assertThat(client.readResponse().status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void streamCutOffBeforeItsUsage_isChargedWithWhatItProduced(boolean byTheClient)
      throws Exception {
    List<String> events = Answers.chatEvents(40, 20, 3);
    server.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      for (String event : events.subList(0, 40)) {
        connection.sendChunk(event);
      }
      if (byTheClient) {
        connection.awaitClientGone(PATIENCE);
      } else {
        connection.closeAbruptly();
      }
    });
    client.request(
        "POST", CHAT, "{\"stream\":true,\"messages\":\"" + "word ".repeat(60) + "\"}", X_API_KEY);
    client.readHead();
    if (byTheClient) {
      client.readUntil("39");
      client.close();
    } else {
      assertThat(client.rest().whole()).isFalse();
    }
    awaitRecords(1);
    UsageRecord record = server.ledger.records().getFirst();
    assertThat(record.estimatedTokens()).isEqualTo(record.usage().total());
    assertThat(record.usage().input()).isBetween(40L, 400L);
    assertThat(record.usage().output()).isBetween(40L, 400L);
    Exchange exchange = await().atMost(PATIENCE).until(server.finished::peek, each -> each != null);
    assertThat(exchange.estimated()).isTrue();
  }

  @Test
  void messageStreamCutOff_isChargedTheInputThatWasTold() throws Exception {
    List<String> events = Answers.messageEvents(10, 777, 10);
    server.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      for (String event : events.subList(0, 8)) {
        connection.sendChunk(event);
      }
      connection.closeAbruptly();
    });
    client.request("POST", "/v1/messages", "{\"stream\":true,\"max_tokens\":9}", X_API_KEY);
    assertThat(client.readResponse().whole()).isFalse();
    awaitRecords(1);
    UsageRecord record = server.ledger.records().getFirst();
    assertThat(record.usage().input()).isEqualTo(777);
    assertThat(record.usage().output()).isPositive();
    assertThat(record.estimatedTokens()).as("the input was told").isBetween(1L, 100L);
  }

  @Test
  void streamThatBrokeBeforeItProducedAnything_costsNothing() throws Exception {
    server.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.closeAbruptly();
    });
    client.request("POST", CHAT, "{\"stream\":true}", X_API_KEY);
    client.readResponse();
    await().atMost(PATIENCE).until(() -> !server.finished.isEmpty());
    assertThat(server.ledger.records()).isEmpty();
  }

  @Test
  void plainAnswerThatBrokeBeforeItsUsage_costsNothing() throws Exception {
    server.upstream.then(connection -> {
      String answer = Answers.chatCompletion(11, 22);
      connection.send(answer.substring(0, answer.indexOf("\"usage\"")));
      connection.closeAbruptly();
    });
    client.request("POST", CHAT, "{}", X_API_KEY);
    assertThat(client.readResponse().whole()).isFalse();
    await().atMost(PATIENCE).until(() -> !server.finished.isEmpty());
    assertThat(server.ledger.records()).isEmpty();
  }

  private static void play(UpstreamConnection connection, List<String> events) throws IOException {
    connection.send(Answers.streamHead());
    for (String event : events) {
      connection.sendChunk(event);
    }
    connection.endChunks();
  }

  private void awaitRecords(int count) {
    await().atMost(PATIENCE).until(() -> server.ledger.records().size() == count);
  }

  private void assertNothingComes() {
    client.patience(A_MOMENT);
    assertThatThrownBy(client::readHead).isInstanceOf(SocketTimeoutException.class);
  }

  /** What comes until nothing has for a while. */
  private String restUntilSilent() {
    client.patience(A_MOMENT);
    StringBuilder text = new StringBuilder();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                var part = client.readPart();
                text.append(part == null ? "" : part.text());
              }
            })
        .isInstanceOf(SocketTimeoutException.class);
    return text.toString();
  }

  private static int size(RawClient from) throws IOException {
    var part = from.readPart();
    if (part == null) {
      throw new AssertionError("the answer is whole");
    }
    return part.bytes().length;
  }

  private static TokenUsage tokens(long input, long output) {
    return new TokenUsage(input, 0, 0, output);
  }
}
