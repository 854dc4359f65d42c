package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DemoCommandTest {
  @TempDir Path folder;

  @Test
  void once_showsTwoCallsAndWhatWasCounted_andLeavesNothing() throws Exception {
    try (Program demo = demo("--once")) {
      Program.Ended ended = demo.ended();
      assertThat(ended.err()).isEmpty();
      assertThat(ended.code()).isZero();
      assertThat(ended.out())
          .contains("POST /v1/chat/completions", "{\"id\":\"chatcmpl-")
          .contains("POST /v1/messages", "message_start", "message_stop")
          .contains("GET /stats", "/stats recorded all of it")
          .contains("GET /cache-stats", "the key was known from memory")
          .containsPattern("curl -s http://127\\.0\\.0\\.1:[1-9]\\d+/v1/chat/completions")
          .doesNotContain("the-account-s-own-key", "stays up");
      assertThat(demo.leftOver()).isEmpty();
    }
  }

  @Test
  void portTaken_saysSoAndExits1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Program demo = demo("--once", "--port", Integer.toString(taken.getLocalPort()))) {
      Program.Ended ended = demo.ended();
      assertThat(ended.code()).isEqualTo(1);
      assertThat(ended.err().lines())
          .singleElement()
          .asString()
          .contains("could not start: cannot listen on", ":" + taken.getLocalPort());
      assertThat(demo.leftOver()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"65536", "-1", "http"})
  void portThatIsNone_isAMistakeOfTheCommandLine(String port) throws Exception {
    try (Program demo = demo("--once", "--port=" + port)) {
      Program.Ended ended = demo.ended();
      assertThat(ended.code()).isEqualTo(64);
      assertThat(ended.err().lines()).hasSize(2);
      assertThat(ended.err()).startsWith("tallygate demo: ").contains("--port", port);
      assertThat(demo.leftOver()).isEmpty();
    }
  }

  @Test
  void withoutOnce_staysUp_andLeavesNothingWhenItIsEnded() throws Exception {
    try (Program demo = demo()) {
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(demo.out()).contains("stays up until Ctrl-C"));
      assertThat(demo.leftOver()).hasSize(1);
      demo.terminate();
      Program.Ended ended = demo.ended();
      assertThat(ended.err()).isEmpty();
      assertThat(demo.leftOver()).isEmpty();
    }
  }

  private Program demo(String... flags) throws Exception {
    String[] args = new String[flags.length + 1];
    args[0] = "demo";
    System.arraycopy(flags, 0, args, 1, flags.length);
    return Program.start(folder, Map.of(), args);
  }
}
