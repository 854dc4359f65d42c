package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.testkit.RawHttp2.CONTINUATION;
import static dev.tallygate.testkit.RawHttp2.DATA;
import static dev.tallygate.testkit.RawHttp2.END_HEADERS;
import static dev.tallygate.testkit.RawHttp2.END_STREAM;
import static dev.tallygate.testkit.RawHttp2.GOAWAY;
import static dev.tallygate.testkit.RawHttp2.HEADERS;
import static dev.tallygate.testkit.RawHttp2.RST_STREAM;
import static dev.tallygate.testkit.RawHttp2.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawHttp2;
import dev.tallygate.testkit.RawHttp2.Frame;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2, frame by frame: streams, flow control, the end of a connection, and its bounds. */
@Tag("transport")
class Http2Test {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int CANCEL = 8;
  private static final int ENHANCE_YOUR_CALM = 11;

  /** What a stream may be sent before its client grants more (RFC 9113 §6.9.2). */
  private static final int FIRST_WINDOW = 65_535;

  private static final int UPSTREAM_BUFFER = 32 * 1024;

  /**
   * What an upstream may have sent for a client that has taken its first window and no more: that,
   * 64 KiB which make the stream full, as much for the read that did, and what lies in the kernel:
   * twice what the upstream's socket was told, and the 64 KiB with which the gateway's begins.
   */
  private static final long MOST_UNDER_WAY =
      FIRST_WINDOW + 64 * 1024 + 64 * 1024 + 2 * UPSTREAM_BUFFER + 64 * 1024;

  private static final String[] AUTHORIZED = {
    "authorization", "Bearer " + KEY, "content-type", "application/json"
  };
  private static final List<String> EVENTS = Answers.chatEvents(2, 5, 2);

  @TempDir Path folder;

  private GatewayAndUpstream both;

  @BeforeEach
  @SuppressWarnings("NullAway.Init")
  void start() throws Exception {
    both = GatewayAndUpstream.startWithTls(folder, "SHUTDOWN_GRACE_MS", "5000");
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @Test
  void streamedAnswer_comesEventByEvent() throws Exception {
    streamThatStallsAfterItsFirstEvent();
    try (RawHttp2 client = both.connectHttp2()) {
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
    try (RawHttp2 client = both.connectHttp2()) {
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
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{\"stream\":true}", AUTHORIZED);
      client.readUntil(frame -> frame.type() == DATA);
      client.reset(1, CANCEL);
      assertThat(gone.get(10, TimeUnit.SECONDS)).isTrue();
      client.post(3, CHAT, "{}", AUTHORIZED);
      assertThat(client.readBody(3)).isEqualTo("{\"ok\":1}");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 100\r\n\r\n{\"half\":",
        "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n",
        "Transfer-Encoding: chunked\r\n\r\n20\r\n{\"half\":",
        "Connection: close\r\n\r\n{\"half\":",
      })
  void answerThatBreaksOff_isReset_notEnded(String beginning) throws Exception {
    both.upstream.then(connection -> {
      connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + beginning);
      connection.stall();
      connection.closeAbruptly();
    });
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{}", AUTHORIZED);
      assertThat(client.readUntil(frame -> frame.type() == DATA).text()).isEqualTo("{\"half\":");
      both.upstream.release();
      assertThat(client.readBrokenBody(1)).isEmpty();
      client.get(3, "/health");
      assertThat(client.readHead().status()).hasToString("200");
    }
  }

  @Test
  void streamThatBreaksOff_tellsItsError_beforeItIsReset() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead() + Answers.chunk(EVENTS.getFirst()));
      connection.stall();
      connection.closeAbruptly();
    });
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{\"stream\":true}", AUTHORIZED);
      assertThat(client.readUntil(frame -> frame.type() == DATA).text())
          .isEqualTo(EVENTS.getFirst());
      both.upstream.release();
      assertThat(client.readBrokenBody(1)).contains("\"error\"").endsWith("\n\n");
    }
  }

  @Test
  void refusalInTheMiddleOfAnUpload_isWhole_andTheRestIsNotWanted() throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
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
    try (RawHttp2 client = both.connectHttp2()) {
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
    String chunk = Answers.chunk("data: " + "x".repeat(8_000) + "\n\n");
    both.upstream.then(connection -> {
      connection.buffer(UPSTREAM_BUFFER);
      connection.send(Answers.streamHead());
      while (sent.get() < 64 * MOST_UNDER_WAY) {
        connection.send(chunk);
        sent.addAndGet(chunk.length());
      }
    });
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{\"stream\":true}", AUTHORIZED);
      long got = 0;
      while (got < FIRST_WINDOW) {
        Frame frame = client.readUntil(each -> each.type() == DATA);
        got += frame.payload().length;
      }
      assertThat(got).isEqualTo(FIRST_WINDOW);
      long stopped = Standstill.of(sent);
      assertThat(stopped).isBetween((long) FIRST_WINDOW, MOST_UNDER_WAY);
      client.grant(1, 100_000).grant(0, 100_000);
      assertThat(client.readUntil(each -> each.type() == DATA).payload()).isNotEmpty();
    }
  }

  @Test
  void closing_tellsTheClient_andLetsItsStreamsEnd() throws Exception {
    streamThatStallsAfterItsFirstEvent();
    try (RawHttp2 client = both.connectHttp2()) {
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
  void streamsResetAsSoonAsTheyAreOpened_endTheConnection() throws Exception {
    both.upstream.always(connection -> connection.awaitClientGone(SOON));
    try (RawHttp2 client = both.connectHttp2()) {
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
    try (RawHttp2 client = both.connectHttp2()) {
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
    try (RawHttp2 client = both.connectHttp2()) {
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
    try (RawHttp2 client = both.connectHttp2()) {
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

  @Test
  void refusedRequest_whoseBodyIsStillOnItsWay_isAnswered() throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
      client.frame(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", CHAT));
      Http2Headers head = client.readHead();
      assertThat(head.status()).hasToString("401");
      assertThat(client.readBody(1)).contains("missing_api_key");
      client.frame(DATA, END_STREAM, 1, "{}".getBytes(StandardCharsets.US_ASCII));
      client.get(3, "/health");
      assertThat(client.readHead().status()).hasToString("200");
    }
  }

  @Test
  void continueIsAskedFor_whereTheClientWaits() throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
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
    try (RawHttp2 client = both.connectHttp2()) {
      Frame settings = client.readUntil(frame -> frame.type() == SETTINGS);
      assertThat(settings.payload().length).isPositive();
      boolean streams = false;
      for (int at = 0; at < settings.payload().length; at += 6) {
        streams |= settings.payload()[at + 1] == 3 && (settings.payload()[at + 5] & 0xff) == 128;
      }
      assertThat(streams).as("MAX_CONCURRENT_STREAMS 128").isTrue();
    }
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
