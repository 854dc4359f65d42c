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
import static dev.tallygate.testkit.RawHttp2.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawHttp2;
import dev.tallygate.testkit.RawHttp2.Frame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2: heads, bodies and frames that break the protocol, and what ends by them. */
@Tag("transport")
class Http2ProtocolTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int PROTOCOL_ERROR = 1;
  private static final int FLOW_CONTROL_ERROR = 3;
  private static final int STREAM_CLOSED = 5;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int COMPRESSION_ERROR = 9;

  private static final HexFormat HEX = HexFormat.of();

  private static final String[] AUTHORIZED = {
    "authorization", "Bearer " + KEY, "content-type", "application/json"
  };

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connection|close",
        "transfer-encoding|chunked",
        "te|gzip",
        "Upper-Case|1",
        "bad name|1",
        "|1",
        ":path|/v1/models",
        ":unknown|1",
      })
  void fieldThatBreaksTheProtocol_resetsItsStream(String field) throws Exception {
    String[] nameAndValue = field.split("\\|", -1);
    assertReset(
        RawHttp2.head(
            "GET",
            "/v1/models",
            "authorization",
            "Bearer " + KEY,
            nameAndValue[0],
            nameAndValue[1]));
  }

  @ParameterizedTest
  @ValueSource(strings = {":method", ":scheme", ":path"})
  void headWithoutAPart_resetsItsStream(String missing) throws Exception {
    Map<String, String> fields = models();
    fields.remove(missing);
    assertReset(block(fields));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":path|/v1/models HTTP/1.1\r\nX-Evil: 1\r\n\r\n",
        ":path|/v1/models HTTP/1.1",
        ":path|/v1/models\u0000",
        ":path|",
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
  void whatWouldBeMoreThanOneLine_resetsItsStream(String field) throws Exception {
    String[] nameAndValue = field.split("\\|", -1);
    Map<String, String> fields = models();
    fields.put(nameAndValue[0], nameAndValue[1]);
    assertReset(block(fields));
  }

  @ParameterizedTest
  @ValueSource(strings = {":authority|a/b", ":authority|a@b", ":path|/v1/models#a"})
  void hostOrPathThatServersReadDifferently_isRefused(String field) throws Exception {
    String[] nameAndValue = field.split("\\|", -1);
    Map<String, String> fields = models();
    fields.put(nameAndValue[0], nameAndValue[1]);
    try (RawHttp2 client = both.connectHttp2()) {
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1, block(fields));
      assertThat(client.readHead().status()).hasToString("400");
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1/models|404", "/v1/models\tx|400", "/v1/models?a\tb|400"})
  void pathThatIsNone_isRefused(String pathAndStatus) throws Exception {
    String[] expected = pathAndStatus.split("\\|", -1);
    Map<String, String> fields = models();
    fields.put(":path", expected[0]);
    try (RawHttp2 client = both.connectHttp2()) {
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1, block(fields));
      assertThat(client.readHead().status()).hasToString(expected[1]);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "3", "-2", "2, 3", "two"})
  void bodyOfAnotherLengthThanAnnounced_resetsItsStream(String length) throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
      client
          .frame(
              HEADERS,
              END_HEADERS,
              1,
              RawHttp2.head(
                  "POST", CHAT, "authorization", "Bearer " + KEY, "content-length", length))
          .frame(DATA, END_STREAM, 1, "{}".getBytes(StandardCharsets.US_ASCII));
      assertOnlyTheStreamEnds(client, 1, PROTOCOL_ERROR);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-a|b\nc",
        "x-a|b\rc",
        "x-a|b\u0000c",
        "Upper-Case|1",
        "bad name|1",
        "|1",
        "connection|close",
        "transfer-encoding|chunked",
        "keep-alive|timeout=5",
        "upgrade|h2c",
        "proxy-connection|close",
        "te|gzip",
        ":path|/v1/models",
        ":authority|elsewhere",
        ":status|200",
        ":protocol|websocket",
        ":unknown|1",
        "host|elsewhere",
        "content-length|1\u00002",
        "content-length|two",
      })
  void malformedHead_whoseBodyFollows_resetsItsStreamOnly(String field) throws Exception {
    both.upstream.then(connection -> {
      connection.stall();
      connection.send(Answers.json(200, "{\"slow\":1}"));
    });
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{}", AUTHORIZED);
      both.upstream.awaitRequests(1);
      String[] nameAndValue = field.split("\\|", -1);
      client.post(3, CHAT, "{}", with(nameAndValue));
      Frame end = readEnd(client);
      assertThat(end.type()).as("RST_STREAM").isEqualTo(RST_STREAM);
      assertThat(end.stream()).isEqualTo(3);
      assertThat(end.errorCode()).isEqualTo(PROTOCOL_ERROR);
      both.upstream.release();
      assertThat(client.readBody(1)).isEqualTo("{\"slow\":1}");
    }
    assertThat(both.upstream.requests()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-own|a\nb", "Upper-Case|1", ":path|/v1/models", "connection|close"})
  void trailersThatBreakTheProtocol_resetTheirStream(String field) throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
      client
          .frame(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", CHAT, AUTHORIZED))
          .frame(DATA, 0, 1, "{}".getBytes(StandardCharsets.US_ASCII))
          .frame(HEADERS, END_HEADERS | END_STREAM, 1, RawHttp2.fields(field.split("\\|", -1)));
      assertOnlyTheStreamEnds(client, 1, PROTOCOL_ERROR);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  @Test
  void whatComesBehindTheEndOfAStream_resetsIt() throws Exception {
    both.upstream.then(connection -> connection.awaitClientGone(SOON));
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{}", AUTHORIZED);
      both.upstream.awaitRequests(1);
      client.frame(DATA, END_STREAM, 1, new byte[1]);
      assertOnlyTheStreamEnds(client, 1, STREAM_CLOSED);
    }
  }

  @Test
  void windowThatOverflows_resetsItsStream() throws Exception {
    both.upstream.then(connection -> connection.awaitClientGone(SOON));
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(1, CHAT, "{}", AUTHORIZED);
      client.grant(1, Integer.MAX_VALUE);
      assertOnlyTheStreamEnds(client, 1, FLOW_CONTROL_ERROR);
    }
  }

  /** Frames that leave nothing to go on with (RFC 9113 §5.4.1), their payload in hex. */
  enum Breach {
    DATA_OF_NO_STREAM(PROTOCOL_ERROR, DATA, 0, 0, "00"),
    DATA_OF_A_STREAM_TO_COME(PROTOCOL_ERROR, DATA, 0, 99, "00"),
    STREAM_OF_THE_SERVERS(
        PROTOCOL_ERROR, HEADERS, END_HEADERS | END_STREAM, 2, HEX.formatHex(block(models()))),
    CONTINUATION_OF_NOTHING(PROTOCOL_ERROR, CONTINUATION, END_HEADERS, 1, ""),
    FIELDS_THAT_CANNOT_BE_UNPACKED(COMPRESSION_ERROR, HEADERS, END_HEADERS, 1, "ffff7f"),
    FRAME_TOO_LONG(FRAME_SIZE_ERROR, DATA, 0, 1, "00".repeat(16_385)),
    SETTINGS_CUT(FRAME_SIZE_ERROR, SETTINGS, 0, 0, "0003000000"),
    PING_CUT(FRAME_SIZE_ERROR, PING, 0, 0, "00".repeat(7)),
    WINDOW_OF_NOTHING(PROTOCOL_ERROR, WINDOW_UPDATE, 0, 0, "00000000"),
    WINDOW_THAT_OVERFLOWS(FLOW_CONTROL_ERROR, WINDOW_UPDATE, 0, 0, "7fffffff");

    private final int code;
    private final int type;
    private final int flags;
    private final int stream;
    private final String payload;

    Breach(int code, int type, int flags, int stream, String payload) {
      this.code = code;
      this.type = type;
      this.flags = flags;
      this.stream = stream;
      this.payload = payload;
    }

    void send(RawHttp2 client) throws IOException {
      client.frame(type, flags, stream, HEX.parseHex(payload));
    }
  }

  @ParameterizedTest
  @EnumSource
  void frameThatBreaksTheConnection_endsItWithAllItsStreams(Breach breach) throws Exception {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    both.upstream.then(connection -> gone.complete(connection.awaitClientGone(SOON)));
    try (RawHttp2 client = both.connectHttp2()) {
      client.post(3, CHAT, "{}", AUTHORIZED);
      both.upstream.awaitRequests(1);
      breach.send(client);
      Frame end = readEnd(client);
      assertThat(end.type()).as("GOAWAY").isEqualTo(GOAWAY);
      assertThat(end.errorCode()).isEqualTo(breach.code);
      client.awaitEnd();
    }
    assertThat(gone.get(10, TimeUnit.SECONDS)).as("upstream call cancelled").isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-own|1", "Upper-Case|1"})
  void bodyThatIsStillOnItsWay_whenItsStreamHasBeenReset_isIgnored(String field) throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
      client.frame(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", CHAT, field.split("\\|", -1)));
      assertThat(readEnd(client).type()).as("RST_STREAM").isEqualTo(RST_STREAM);
      for (int i = 0; i < 300; i++) {
        client.frame(DATA, 0, 1, new byte[1]);
      }
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1, RawHttp2.fields("x-own", "1"));
      client.get(3, "/health");
      Frame next = client.readUntil(frame -> frame.type() != SETTINGS);
      assertThat(next.type()).as("HEADERS").isEqualTo(HEADERS);
      assertThat(next.stream()).isEqualTo(3);
      assertThat(next.head().status()).hasToString("200");
    }
  }

  /** A head that should reset its stream and nothing else. */
  private void assertReset(byte[] head) throws Exception {
    try (RawHttp2 client = both.connectHttp2()) {
      client.frame(HEADERS, END_HEADERS | END_STREAM, 1, head);
      assertOnlyTheStreamEnds(client, 1, PROTOCOL_ERROR);
    }
    assertThat(both.upstream.requests()).isEmpty();
  }

  private static void assertOnlyTheStreamEnds(RawHttp2 client, int stream, int code)
      throws IOException {
    Frame end = readEnd(client);
    assertThat(end.type()).as("RST_STREAM").isEqualTo(RST_STREAM);
    assertThat(end.stream()).isEqualTo(stream);
    assertThat(end.errorCode()).isEqualTo(code);
    client.get(stream + 2, "/health");
    assertThat(client.readHead().status()).hasToString("200");
  }

  /** Skips to what says that a stream or the connection is broken. */
  private static Frame readEnd(RawHttp2 client) throws IOException {
    return client.readUntil(frame -> frame.type() == RST_STREAM || frame.type() == GOAWAY);
  }

  /** A head that is well-formed. */
  private static Map<String, String> models() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(":method", "GET");
    fields.put(":scheme", "https");
    fields.put(":authority", "localhost");
    fields.put(":path", "/v1/models");
    fields.put("authorization", "Bearer " + KEY);
    return fields;
  }

  private static String[] with(String... nameAndValue) {
    return Stream.of(AUTHORIZED, nameAndValue).flatMap(Stream::of).toArray(String[]::new);
  }

  private static byte[] block(Map<String, String> fields) {
    return RawHttp2.fields(
        fields.entrySet().stream()
            .flatMap(each -> Stream.of(each.getKey(), each.getValue()))
            .toArray(String[]::new));
  }
}
