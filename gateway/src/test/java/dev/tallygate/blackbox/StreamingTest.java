package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams: each read relayed at once, and no faster than the client reads. */
@Tag("transport")
class StreamingTest {
  private static final String STREAMED = "{\"model\":\"glm-4.7\",\"stream\":true}";
  private static final int MIB = 1 << 20;
  // What the two sockets' kernel buffers may hold on this loopback, and then some.
  private static final int KERNEL_BUFFERS_AT_MOST = 24 * MIB;

  @TempDir Path folder;
  private GatewayAndUpstream both;

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder);
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @Test
  void chatEvent_isRelayedBeforeTheNextExists() throws Exception {
    List<String> events = Answers.chatEvents(3, 1, 3);
    relayedOneByOne(CHAT, events, events.size() - 2);
  }

  @Test
  void messageEvent_isRelayedBeforeTheNextExists() throws Exception {
    List<String> events = Answers.messageEvents(3, 1, 3);
    relayedOneByOne(MESSAGES, events, events.size());
  }

  /** The upstream sends an event only when the client has the one before. */
  private void relayedOneByOne(String path, List<String> events, int seen) throws Exception {
    CountDownLatch[] received = new CountDownLatch[seen];
    Arrays.setAll(received, _ -> new CountDownLatch(1));
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      for (int i = 0; i < events.size(); i++) {
        connection.sendChunk(events.get(i));
        if (i < seen) {
          assertThat(received[i].await(5, TimeUnit.SECONDS)).as("event %s", i).isTrue();
        }
      }
      connection.endChunks();
    });
    try (RawClient client = both.connect()) {
      client.request("POST", path, STREAMED, BEARER).readHead();
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < seen; i++) {
        expected.append(events.get(i));
        assertThat(client.readUntil(events.get(i))).isEqualTo(expected.toString());
        received[i].countDown();
      }
      assertThat(client.rest().whole()).isTrue();
    }
  }

  @Test
  void headOfAStream_isRelayedBeforeItsFirstEvent() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.stall();
      connection.sendChunk("data: [DONE]\n\n");
      connection.endChunks();
    });
    try (RawClient client = both.connect()) {
      assertThat(client.request("POST", CHAT, STREAMED, BEARER).readHead().startLine())
          .startsWith("HTTP/1.1 200");
      both.upstream.release();
      assertThat(client.rest().text()).isEqualTo("data: [DONE]\n\n");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void streamSplitAnywhere_isByteExact(int size) throws Exception {
    List<String> events = Answers.messageEvents(2, 12, 30);
    both.upstream.then(connection ->
        connection.sendSlowly(
            Answers.stream(events).getBytes(UTF_8), size, Duration.ofNanos(50_000)));
    try (RawClient client = both.connect()) {
      RawResponse response = client.request("POST", MESSAGES, STREAMED, BEARER).readResponse();
      assertThat(response.whole()).isTrue();
      assertThat(response.text()).isEqualTo(String.join("", events));
    }
  }

  @Test
  void halfACharacter_isRelayedAtOnce() throws Exception {
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.send("3\r\n\u00e9");
      connection.stall();
      connection.send("!\r\n0\r\n\r\n");
    });
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead() + "9\r\ndata: \"");
      connection.send(new byte[] {(byte) 0xc3});
      connection.stall();
      connection.send(new byte[] {(byte) 0xa9, '\r', '\n'});
      connection.endChunks();
    });
    try (RawClient first = both.connect()) {
      first.request("POST", "/v1/audio/speech", "{}", BEARER).readHead();
      assertThat(first.readUntil("\u00e9")).isEqualTo("\u00e9");
      try (RawClient second = both.connect()) {
        second.request("POST", "/v1/responses", "{}", BEARER).readHead();
        second.readUntil("data: \"\ufffd");
        both.upstream.release();
        assertThat(second.rest().text()).isEqualTo("data: \"\u00e9");
      }
      assertThat(first.rest().text()).isEqualTo("\u00e9!");
    }
  }

  @Test
  void clientThatDoesNotRead_stopsTheUpstream() throws Exception {
    AtomicLong written = new AtomicLong();
    byte[] chunk = Answers.chunk("data: " + "x".repeat(64 * 1024 - 8) + "\n\n").getBytes(UTF_8);
    both.upstream.then(connection -> {
      connection.send(Answers.streamHead());
      while (written.get() < 256L * MIB) {
        connection.send(chunk);
        written.addAndGet(chunk.length);
      }
    });
    try (RawClient client = both.connectSlowReader()) {
      client.request("POST", "/v1/responses", STREAMED, BEARER).readHead();
      long stopped = Standstill.of(written);
      assertThat(stopped).isBetween(64L * 1024, (long) KERNEL_BUFFERS_AT_MOST);
      // Reading on lets the upstream go on.
      for (int read = 0; read < stopped + MIB; ) {
        read += client.readPart() == null ? Integer.MAX_VALUE / 2 : chunk.length - 8;
      }
      await().untilAsserted(() -> assertThat(written.get()).isGreaterThan(stopped));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"chunked", "length", "until close"})
  void clientThatPauses_getsEverything(String framing) throws Exception {
    byte[] body = new byte[16 * MIB];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31 + (i >> 8) * 7 + (i >> 16));
    }
    AtomicLong written = new AtomicLong();
    both.upstream.then(connection -> {
      connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n");
      switch (framing) {
        case "chunked" -> connection.send("Transfer-Encoding: chunked\r\n\r\n");
        case "length" -> connection.send("Content-Length: " + body.length + "\r\n\r\n");
        default -> connection.send("\r\n");
      }
      int step = 50_000;
      for (int at = 0; at < body.length; at += step) {
        byte[] part = Arrays.copyOfRange(body, at, Math.min(body.length, at + step));
        if (framing.equals("chunked")) {
          connection.send(Integer.toHexString(part.length) + "\r\n");
          connection.send(part);
          connection.send("\r\n");
        } else {
          connection.send(part);
        }
        written.addAndGet(part.length);
      }
      if (framing.equals("chunked")) {
        connection.endChunks();
      }
      connection.close();
    });
    try (RawClient client = both.connectSlowReader()) {
      client.request("GET", "/v1/files/f1/content", "", BEARER).readHead();
      Standstill.of(written);
      RawResponse response = client.rest();
      assertThat(response.whole()).isTrue();
      assertThat(Arrays.equals(response.body(), body)).isTrue();
    }
  }
}
