package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.testkit.RawHttp2.CONTINUATION;
import static dev.tallygate.testkit.RawHttp2.DATA;
import static dev.tallygate.testkit.RawHttp2.END_HEADERS;
import static dev.tallygate.testkit.RawHttp2.END_STREAM;
import static dev.tallygate.testkit.RawHttp2.GOAWAY;
import static dev.tallygate.testkit.RawHttp2.HEADERS;
import static dev.tallygate.testkit.RawHttp2.PING;
import static dev.tallygate.testkit.RawHttp2.RST_STREAM;
import static dev.tallygate.testkit.RawHttp2.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Certificates;
import dev.tallygate.testkit.RawHttp2;
import dev.tallygate.testkit.RawHttp2.Frame;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2, frame by frame: streams, flow control, the end of a connection, and hostile clients. */
@Tag("transport")
class Http2Test {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int CANCEL = 8;
  private static final int PROTOCOL_ERROR = 1;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final String[] AUTHORIZED = {
    "authorization", "Bearer " + KEY, "content-type", "application/json"
  };
  private static final List<String> EVENTS = Answers.chatEvents(2, 5, 2);

  @TempDir Path folder;

  private Certificates known;
  private GatewayAndUpstream both;

  @BeforeEach
  @SuppressWarnings("NullAway.Init")
  void start() throws Exception {
    known = Certificates.make(folder);
    both =
        GatewayAndUpstream.start(
            folder,
            "TLS_CERT",
            known.writeCertificate(folder.resolve("cert.pem")).toString(),
            "TLS_KEY",
            known.writeKey(folder.resolve("key.pem")).toString(),
            "CLIENT_HEADER_TIMEOUT_MS",
            "2000",
            "SHUTDOWN_GRACE_MS",
            "5000");
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @Test
  void streamedAnswer_comesEventByEvent() throws Exception {
    streamThatStallsAfterItsFirstEvent();
    try (RawHttp2 client = connect()) {
      client.post(1, CHAT, "{\"stream\":true}", AUTHORIZED);
      Http2Headers head = client.readHead();
      assertThat(head.status()).hasToString("200");
      assertThat(head.get("content-type")).asString().startsWith("text/event-stream");
      assertThat(client.readUntil(frame -> frame.type() == DATA).text())
          .isEqualTo(EVENTS.getFirst());
      both.upstream.release();
      assertThat(client.readBody(1)).endsWith("data: [DONE]\n\n");
    }
  }

  @Test
  void streams_doNotWaitForEachOther() throws Exception {
    both.upstream.then(connection -> {
      connection.stall();
      connection.send(Answers.json(200, "{\"slow\":1}"));
    });
    both.upstream.then(Answers.json(200, "{\"fast\":1}"));
    try (RawHttp2 client = connect()) {
      client.post(1, CHAT, "{}", AUTHORIZED);
      both.upstream.awaitRequests(1);
      client.post(3, CHAT, "{}", AUTHORIZED);
      assertThat(client.readBody(3)).isEqualTo("{\"fast\":1}");
      both.upstream.release();
      assertThat(client.readBody(1)).isEqualTo("{\"slow\":1}");
    }
  }

  @Test
  void resetStream_cancelsTheUpstreamCall_andLeavesTheOthersAlone() throws Exception {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.sendChunk(EVENTS.getFirst());
      gone.complete(connection.awaitClientGone(SOON));
    });
    both.upstream.then(Answers.json(200, "{\"ok\":1}"));
    try (RawHttp2 client = connect()) {
      client.post(1, CHAT, "{\"stream\":true}", AUTHORIZED);
      client.readUntil(frame -> frame.type() == DATA);
      client.reset(1, CANCEL);
      assertThat(gone.get(10, TimeUnit.SECONDS)).isTrue();
      client.post(3, CHAT, "{}", AUTHORIZED);
      assertThat(client.readBody(3)).isEqualTo("{\"ok\":1}");
    }
  }

  @Test
  void answerThatBreaksOff_isReset_notEnded() throws Exception {
    both.upstream.then(connection -> {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
      connection.closeAbruptly();
    });
    try (RawHttp2 client = connect()) {
      client.post(1, CHAT, "{}", AUTHORIZED);
      Frame last = client.readUntil(frame -> frame.type() == RST_STREAM || frame.endsStream());
      assertThat(last.type()).isEqualTo(RST_STREAM);
    }
  }

  @Test
  void streamThatBreaksOff_tellsItsError_beforeItIsReset() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead() + Answers.chunk(EVENTS.getFirst()));
      connection.closeAbruptly();
    });
    try (RawHttp2 client = connect()) {
      client.post(1, CHAT, "{\"stream\":true}", AUTHORIZED);
      StringBuilder body = new StringBuilder();
      Frame frame = client.readUntil(each -> each.stream() == 1);
      while (frame.type() != RST_STREAM) {
        if (frame.type() == DATA) {
          body.append(frame.text());
        }
        frame = client.readUntil(each -> each.stream() == 1);
      }
      assertThat(body).contains("\"error\"").endsWith("\n\n");
    }
  }

  @Test
  void refusalInTheMiddleOfAnUpload_isWhole_andTheRestIsNotWanted() throws Exception {
    try (RawHttp2 client = connect()) {
      client.frame(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", CHAT));
      assertThat(client.readHead().status()).hasToString("401");
      assertThat(client.readBody(1)).contains("missing_api_key");
      assertThat(client.readUntil(each -> each.type() == RST_STREAM).errorCode())
          .as("NO_ERROR")
          .isZero();
    }
  }

  @Test
  void hostThatIsToldTwiceAlike_isServed_andOtherwiseRefused() throws Exception {
    both.upstream.always(Answers.json(200, "{}"));
    try (RawHttp2 client = connect()) {
      client.post(1, CHAT, "{}", "host", "LOCALHOST", "authorization", "Bearer " + KEY);
      assertThat(client.readHead().status()).hasToString("200");
      client.post(3, CHAT, "{}", "host", "elsewhere", "authorization", "Bearer " + KEY);
      // By a reset or by a status: it is not for the gateway to choose one of two.
      client.readUntil(
          each -> each.stream() == 3 && (each.type() == RST_STREAM || each.type() == HEADERS));
    }
    assertThat(both.upstream.requests()).hasSize(1);
  }

  @Test
  void clientThatGrantsNoWindow_stopsTheUpstream() throws Exception {
    AtomicLong sent = new AtomicLong();
    String chunk = "data: " + "x".repeat(8_000) + "\n\n";
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      while (true) {
        connection.sendChunk(chunk);
        sent.addAndGet(chunk.length());
      }
    });
    try (RawHttp2 client = connect()) {
      client.post(1, CHAT, "{\"stream\":true}", AUTHORIZED);
      long got = 0;
      while (got < 65_535) {
        Frame frame = client.readUntil(each -> each.type() == DATA);
        got += frame.payload().length;
      }
      assertThat(got).isEqualTo(65_535);
      long[] before = {-1};
      await()
          .pollInterval(Duration.ofMillis(500))
          .atMost(SOON)
          .until(() -> {
            boolean still = sent.get() == before[0];
            before[0] = sent.get();
            return still;
          });
      // What the kernel's buffers between upstream and gateway take, and little more.
      assertThat(sent.get()).isLessThan(16_000_000);
      client.grant(1, 100_000).grant(0, 100_000);
      assertThat(client.readUntil(each -> each.type() == DATA).payload()).isNotEmpty();
    }
  }

  @Test
  void closing_tellsTheClient_andLetsItsStreamsEnd() throws Exception {
    streamThatStallsAfterItsFirstEvent();
    try (RawHttp2 client = connect()) {
      client.post(1, CHAT, "{\"stream\":true}", AUTHORIZED);
      client.readUntil(frame -> frame.type() == DATA);
      Thread closing = Thread.ofPlatform().start(both.gateway.gateway()::close);
      Frame goAway = client.readUntil(frame -> frame.type() == GOAWAY);
      assertThat(goAway.errorCode()).isZero();
      both.upstream.release();
      assertThat(client.readBody(1)).endsWith("data: [DONE]\n\n");
      client.awaitEnd();
      closing.join(SOON);
      assertThat(closing.isAlive()).isFalse();
    }
  }

  @Test
  void idleConnection_isClosed() throws Exception {
    try (RawHttp2 client = connect()) {
      client.frame(PING, 0, 0, new byte[8]);
      assertThat(client.readUntil(frame -> frame.type() == GOAWAY).errorCode()).isZero();
      client.awaitEnd();
    }
  }

  @Test
  void streamsResetAsSoonAsTheyAreOpened_endTheConnection() throws Exception {
    both.upstream.always(connection -> connection.awaitClientGone(SOON));
    try (RawHttp2 client = connect()) {
      Thread flood =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 0; i < 2_000; i++) {
                    client.post(2 * i + 1, CHAT, "{}", AUTHORIZED).reset(2 * i + 1, CANCEL);
                  }
                } catch (IOException closed) {
                  return;
                }
              });
      Frame goAway = client.readUntil(frame -> frame.type() == GOAWAY);
      assertThat(goAway.errorCode()).isEqualTo(ENHANCE_YOUR_CALM);
      flood.join(SOON);
    }
    assertThat(both.upstream.requests().size()).isLessThan(300);
  }

  @Test
  void moreStreamsThanAllowed_areRefused() throws Exception {
    both.upstream.always(connection -> {
      connection.stall();
      connection.send(Answers.json(200, "{}"));
    });
    try (RawHttp2 client = connect()) {
      for (int i = 0; i < 129; i++) {
        client.post(2 * i + 1, CHAT, "{}", AUTHORIZED);
      }
      Frame refused = client.readUntil(frame -> frame.type() == RST_STREAM);
      assertThat(refused.stream()).isEqualTo(257);
      assertThat(refused.errorCode()).as("REFUSED_STREAM").isEqualTo(7);
      both.upstream.release();
    }
  }

  @Test
  void headInEndlessPieces_endsTheConnection() throws Exception {
    try (RawHttp2 client = connect()) {
      client.frame(HEADERS, 0, 1, RawHttp2.head("POST", CHAT, AUTHORIZED));
      Thread flood =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 0; i < 10_000; i++) {
                    client.frame(CONTINUATION, 0, 1, new byte[0]);
                  }
                } catch (IOException closed) {
                  return;
                }
              });
      Frame goAway = client.readUntil(frame -> frame.type() == GOAWAY);
      assertThat(goAway.errorCode()).isEqualTo(ENHANCE_YOUR_CALM);
      flood.join(SOON);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @Test
  void headThatIsTooLarge_isRefused() throws Exception {
    try (RawHttp2 client = connect()) {
      byte[] head = RawHttp2.head("POST", CHAT, "x-large", "x".repeat(70_000));
      client.frame(HEADERS, END_STREAM, 1, Arrays.copyOf(head, 16_000));
      for (int at = 16_000; at < head.length; at += 16_000) {
        int end = Math.min(head.length, at + 16_000);
        client.frame(
            CONTINUATION,
            end == head.length ? END_HEADERS : 0,
            1,
            Arrays.copyOfRange(head, at, end));
      }
      assertThat(client.readHead().status()).hasToString("431");
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"connection", "transfer-encoding", "Upper-Case", "bad name", ":path"})
  void headThatBreaksTheProtocol_isReset(String name) throws Exception {
    try (RawHttp2 client = connect()) {
      client.frame(
          HEADERS,
          END_HEADERS | END_STREAM,
          1,
          RawHttp2.head("POST", CHAT, "authorization", "Bearer " + KEY, name, "chunked"));
      Frame end = client.readUntil(frame -> frame.type() == RST_STREAM || frame.type() == GOAWAY);
      assertThat(end.errorCode()).isEqualTo(PROTOCOL_ERROR);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":path|/v1/models HTTP/1.1\r\nX-Evil: 1\r\n\r\n",
        ":path|/v1/models HTTP/1.1",
        ":path|/v1/models\u0000",
        ":path|/v1/models\tx",
        ":path|",
        ":path|v1/models",
        ":method|GET /v1/models HTTP/1.1\r\nX-Evil: 1",
        ":method|",
        ":authority|a\r\nX-Evil: 1",
        "x-own|a\r\nX-Evil: 1",
        "x-own|a\r\n X-Evil: 1",
        "x-own|a\nX-Evil: 1",
        "x-own|a\u0000b",
        "x-own\r\nx-evil|1",
        "x-own: 1\r\nx-evil|1",
        "anthropic-beta|a\r\nX-Evil: 1",
        "content-type|application/json\r\nX-Evil: 1",
      })
  void whatWouldBeMoreThanOneLine_doesNotGetThrough(String field) throws Exception {
    String[] nameAndValue = field.split("\\|", -1);
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(":method", "GET");
    fields.put(":scheme", "https");
    fields.put(":authority", "localhost");
    fields.put(":path", "/v1/models");
    fields.put("authorization", "Bearer " + KEY);
    fields.put(nameAndValue[0], nameAndValue[1]);
    String[] all =
        fields.entrySet().stream()
            .flatMap(each -> Stream.of(each.getKey(), each.getValue()))
            .toArray(String[]::new);
    both.upstream.always(Answers.json(200, "{}"));
    try (RawHttp2 client = connect()) {
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1, RawHttp2.fields(all));
      client.readUntil(
          each -> each.type() == RST_STREAM || each.type() == GOAWAY || each.endsStream());
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @Test
  void bodyOfAnotherLengthThanAnnounced_isReset() throws Exception {
    try (RawHttp2 client = connect()) {
      client
          .frame(
              HEADERS,
              END_HEADERS,
              1,
              RawHttp2.head("POST", CHAT, "authorization", "Bearer " + KEY, "content-length", "10"))
          .frame(DATA, END_STREAM, 1, "{}".getBytes(StandardCharsets.US_ASCII));
      Frame end = client.readUntil(frame -> frame.type() == RST_STREAM || frame.type() == GOAWAY);
      assertThat(end.errorCode()).isEqualTo(PROTOCOL_ERROR);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @Test
  void refusedRequest_whoseBodyIsStillOnItsWay_isAnswered() throws Exception {
    try (RawHttp2 client = connect()) {
      client.frame(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", CHAT));
      Http2Headers head = client.readHead();
      assertThat(head.status()).hasToString("401");
      assertThat(client.readBody(1)).contains("missing_api_key");
      client.frame(DATA, END_STREAM, 1, "{}".getBytes(StandardCharsets.US_ASCII));
      client.frame(HEADERS, END_HEADERS | END_STREAM, 3, RawHttp2.head("GET", "/health"));
      assertThat(client.readHead().status()).hasToString("200");
    }
  }

  @Test
  void continueIsAskedFor_whereTheClientWaits() throws Exception {
    try (RawHttp2 client = connect()) {
      client.frame(
          HEADERS,
          END_HEADERS,
          1,
          RawHttp2.head("POST", CHAT, "authorization", "Bearer " + KEY, "expect", "100-continue"));
      assertThat(client.readHead().status()).hasToString("100");
      client.frame(DATA, END_STREAM, 1, "{}".getBytes(StandardCharsets.US_ASCII));
      assertThat(client.readHead().status()).hasToString("200");
      assertThat(client.readBody(1)).isEqualTo("{}");
    }
  }

  @Test
  void settings_tellTheLimits() throws Exception {
    try (RawHttp2 client = connect()) {
      Frame settings = client.readUntil(frame -> frame.type() == SETTINGS);
      assertThat(settings.payload().length).isPositive();
      boolean streams = false;
      for (int at = 0; at < settings.payload().length; at += 6) {
        streams |= settings.payload()[at + 1] == 3 && (settings.payload()[at + 5] & 0xff) == 128;
      }
      assertThat(streams).as("MAX_CONCURRENT_STREAMS 128").isTrue();
    }
  }

  private RawHttp2 connect() throws Exception {
    return RawHttp2.connect(both.gateway.gateway().port(), known.trusting());
  }

  private void streamThatStallsAfterItsFirstEvent() {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead() + Answers.chunk(EVENTS.getFirst()));
      connection.stall();
      for (String event : EVENTS.subList(1, EVENTS.size())) {
        connection.sendChunk(event);
      }
      connection.endChunks();
    });
  }
}
