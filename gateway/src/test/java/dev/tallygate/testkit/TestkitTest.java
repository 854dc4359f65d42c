package dev.tallygate.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The harness itself: that it sees what it is meant to see, and fails where it should. */
class TestkitTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private FakeUpstream upstream;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
    client = RawClient.connect(upstream.uri("/"));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    upstream.close();
  }

  @Test
  void request_isRecordedByteForByte() throws IOException {
    String head = "POST /v1/x?a=%2F HTTP/1.1\r\nHoSt:  here \r\nX-Two: 1\r\nx-two: 2\r\n";
    client.send(head + "Content-Length: 5\r\n\r\nh\u00e9ll");
    client.readResponse();
    ReceivedRequest request = upstream.onlyRequest();
    assertThat(request.head().raw()).isEqualTo(head + "Content-Length: 5\r\n\r\n");
    assertThat(request.target()).isEqualTo("/v1/x?a=%2F");
    assertThat(request.head().fields().getFirst().getKey()).isEqualTo("HoSt");
    assertThat(request.head().all("X-TWO")).containsExactly("1", "2");
    assertThat(request.body()).isEqualTo("h\u00e9ll".getBytes(UTF_8));
    assertThat(request.whole()).isTrue();
    assertThat(request.connection()).isEqualTo(1);
  }

  @Test
  void chunkedRequest_isRecordedDecodedAndRaw() throws IOException {
    client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n");
    client.readResponse();
    assertThat(upstream.onlyRequest().text()).isEqualTo("abcde");
    assertThat(upstream.onlyRequest().rawBody())
        .isEqualTo("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n".getBytes(UTF_8));
  }

  @Test
  void pipelinedRequests_areAnsweredInOrderOnOneConnection() throws IOException {
    upstream.then(Answers.json(200, "1")).then(Answers.chunked(201, List.of("2", "2")));
    client.request("GET", "/a", "").request("GET", "/b", "");
    assertThat(client.readResponse().text()).isEqualTo("1");
    RawResponse second = client.readResponse();
    assertThat(second.status()).isEqualTo(201);
    assertThat(second.rawBody()).isEqualTo("1\r\n2\r\n1\r\n2\r\n0\r\n\r\n".getBytes(UTF_8));
    assertThat(second.parts()).extracting(BodyPart::text).containsExactly("2", "2");
    assertThat(upstream.acceptedConnections()).isEqualTo(1);
  }

  @Test
  void informationalResponses_areKeptApart() throws IOException {
    upstream.then("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Answers.json(200, "{}"));
    RawResponse response = client.request("GET", "/", "").readResponse();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.informational()).extracting(RawResponse::status).containsExactly(103);
  }

  @Test
  void responseUntilClose_isWholeWhenClosedInOrder() throws IOException {
    upstream.then(connection -> {
      connection.send(Answers.untilClose(200, "all of it"));
      connection.close();
    });
    RawResponse response = client.request("GET", "/", "").readResponse();
    assertThat(response.text()).isEqualTo("all of it");
    assertThat(response.whole()).isTrue();
  }

  @Test
  void responseCutShort_isNotWhole() throws IOException {
    upstream.then(connection -> {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
      connection.close();
    });
    RawResponse response = client.request("GET", "/", "").readResponse();
    assertThat(response.text()).isEqualTo("12345");
    assertThat(response.whole()).isFalse();
  }

  @Test
  void streamCutInsideAChunk_isNotWhole() throws IOException {
    upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.sendChunk("data: 1\n\n");
      connection.send("20\r\ndata: ");
      connection.close();
    });
    RawResponse response = client.request("GET", "/", "").readResponse();
    assertThat(response.text()).isEqualTo("data: 1\n\ndata: ");
    assertThat(response.whole()).isFalse();
  }

  @Test
  void abruptClose_isAReset() throws IOException {
    upstream.onConnection(connection -> {
      connection.stall();
      connection.closeAbruptly();
    });
    try (RawClient other = RawClient.connect(upstream.uri("/"))) {
      // Not before: the reset would meet the connecting.
      upstream.release();
      other.awaitServerGone(SOON);
      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(() -> other.send("late").readHead());
    }
  }

  @Test
  void abruptCloseAfterAResponse_isAResetAndNotAnEnd() throws IOException {
    upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.stall();
      connection.closeAbruptly();
    });
    client.request("GET", "/", "").readHead();
    upstream.release();
    assertThatThrownBy(client::readPart)
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  @Test
  void stalledUpstream_timesTheReadOut_andGoesOnWhenReleased() throws IOException {
    upstream.then(connection -> {
      connection.stall();
      connection.send(Answers.json(200, "{\"late\":true}"));
    });
    client.request("GET", "/", "").patience(Duration.ofMillis(50));
    assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(client::readResponse);
    upstream.release();
    assertThat(client.patience(SOON).readResponse().text()).contains("late");
  }

  @Test
  void clientGone_isSeenOnlyWhenItIsGone() throws Exception {
    var seen = new java.util.concurrent.LinkedBlockingQueue<Boolean>();
    upstream.then(connection -> {
      seen.add(connection.awaitClientGone(Duration.ofMillis(20)));
      seen.add(connection.awaitClientGone(SOON));
    });
    client.request("GET", "/", "");
    assertThat(seen.take()).isFalse();
    client.closeAbruptly();
    assertThat(seen.take()).isTrue();
    upstream.awaitOpenConnections(0);
  }

  @Test
  void streamedParts_arriveOneByOneWithTheirTimes() throws IOException {
    List<String> events = Answers.chatEvents(3, 10, 5);
    upstream.then(connection -> {
      connection.send(Answers.streamHead());
      connection.sendChunk(events.getFirst());
      connection.stall();
      for (String event : events.subList(1, events.size())) {
        connection.sendChunk(event);
      }
      connection.endChunks();
    });
    client.request("POST", "/", "{}").readHead();
    assertThat(client.readUntil("wörd 0")).doesNotContain("wörd 1");
    upstream.release();
    RawResponse response = client.rest();
    assertThat(response.text()).isEqualTo(String.join("", events));
    assertThat(response.whole()).isTrue();
    assertThat(response.parts()).extracting(BodyPart::nanos).isSorted();
  }

  @Test
  void slowlySentBytes_comeUnchanged() throws IOException {
    String answer = Answers.messageStream(2, 7, 2);
    upstream.then(connection -> connection.sendSlowly(answer.getBytes(UTF_8), 7));
    RawResponse response = client.request("GET", "/", "").readResponse();
    assertThat(response.text()).isEqualTo(String.join("", Answers.messageEvents(2, 7, 2)));
  }

  @Test
  void responseToHead_hasNoBodyWhateverItsLengthSays() throws IOException {
    upstream.then("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").then(Answers.json(200, "2"));
    assertThat(client.request("HEAD", "/", "").readResponseToHead().body()).isEmpty();
    assertThat(client.request("GET", "/", "").readResponse().text()).isEqualTo("2");
  }

  @Test
  void missingResponse_isNamed() throws IOException {
    upstream.then(UpstreamConnection::close);
    client.request("GET", "/", "");
    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(client::readResponse)
        .withMessage("closed without a response");
  }

  @Test
  void failingScript_failsTheTest() throws IOException {
    try (RawClient other = RawClient.connect(upstream.uri("/"))) {
      upstream.then(connection -> {
        throw new IllegalStateException("wrong request");
      });
      assertThatExceptionOfType(EOFException.class)
          .isThrownBy(() -> other.request("GET", "/", "").readResponse());
    }
    assertThatThrownBy(upstream::close).hasRootCauseMessage("wrong request");
  }

  @Test
  void http_callsInOneLine() throws Exception {
    upstream.then(Answers.chatCompletion(3, 4));
    URI uri = upstream.uri("/v1/chat/completions");
    Http.Response response = Http.post(uri, "{\"model\":\"m\"}", "x-api-key", "secret");
    assertThat(response.json().path("usage").path("total_tokens").asInt()).isEqualTo(7);
    assertThat(upstream.onlyRequest().header("x-api-key")).isEqualTo("secret");
    assertThat(upstream.onlyRequest().json().path("model").asString()).isEqualTo("m");
  }

  @Test
  void keyFile_isWrittenAsThePredecessorWroteIt(@TempDir Path folder) throws IOException {
    KeyFiles files =
        KeyFiles.in(folder)
            .write(
                KeyFiles.key("pk_a")
                    .model("glm-4.7")
                    .used(Instant.parse("2026-01-18T00:00:00Z"), 9));
    assertThat(files.text())
        .startsWith("{\n  \"keys\": [\n    {\n      \"key\": \"pk_a\",\n")
        .contains("\"usage_windows\": [\n        {\n          \"window_start\": \"2026-01-18T");
    assertThat(files.entry("pk_a").path("total_lifetime_tokens").asInt()).isEqualTo(9);
  }

  @Test
  void keyFile_keepsItsInodeInPlaceAndChangesItByRename(@TempDir Path folder) throws IOException {
    KeyFiles files = KeyFiles.in(folder).write(KeyFiles.key("pk_a"));
    Object inode = Files.getAttribute(files.path(), "unix:ino");
    files.write(KeyFiles.key("pk_b").disabled());
    assertThat(Files.getAttribute(files.path(), "unix:ino")).isEqualTo(inode);
    files.replace(KeyFiles.keyHash("pk_c"));
    assertThat(Files.getAttribute(files.path(), "unix:ino")).isNotEqualTo(inode);
    assertThat(files.text()).contains("sha256:").doesNotContain("pk_c");
  }
}
