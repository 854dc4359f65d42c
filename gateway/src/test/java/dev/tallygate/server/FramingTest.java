package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests whose end, or whose bytes, two servers might see differently. */
class FramingTest {
  private static final String CALL =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-api-key: pk_user_12345\r\n";
  private static final List<String> AMBIGUOUS =
      List.of(
          "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
          "Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}",
          "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding:\u000bchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          "Content-Length: +2\r\n\r\n{}",
          "Content-Length: 2, 2\r\n\r\n{}",
          "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
          "Content-Length: -1\r\n\r\n{}",
          "Content-Length: 0x2\r\n\r\n{}",
          "Content-Length: 2\n\n{}",
          "X-A: a\n b\r\nContent-Length: 2\r\n\r\n{}",
          "X-A: a\rb\r\nContent-Length: 2\r\n\r\n{}",
          "X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}",
          "X A: a\r\nContent-Length: 2\r\n\r\n{}",
          ": a\r\nContent-Length: 2\r\n\r\n{}",
          "Transfer-Encoding: chunked\r\n\r\n2;x=\"\n\"\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
          "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n");

  @TempDir Path folder;

  @Test
  void ambiguousRequest_isRefusedAndNothingAfterItIsBelieved() throws Exception {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345"));
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of())) {
      for (String rest : AMBIGUOUS) {
        try (RawClient client = RawClient.connect(gateway.uri("/"))) {
          client.send(CALL + rest);
          assertThat(client.readResponse().status()).as(rest).isEqualTo(400);
          assertThat(client.awaitServerGone(Duration.ofSeconds(10))).as(rest).isTrue();
        }
      }
      assertThat(upstream.requests()).isEmpty();
    }
  }

  @Test
  void target_beyondAsciiReachesTheUpstreamByteForByte() throws Exception {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345"));
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of());
        RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.request("GET", "/v1/files/Ünïcode?q=日本", "", "x-api-key: pk_user_12345");
      assertThat(client.readResponse().status()).isEqualTo(200);
      byte[] sent = "/openai/files/Ünïcode?q=日本".getBytes(StandardCharsets.UTF_8);
      // the fake upstream, too, shows a head's bytes as Latin-1
      assertThat(upstream.onlyRequest().target())
          .isEqualTo(new String(sent, StandardCharsets.ISO_8859_1));
    }
  }
}
