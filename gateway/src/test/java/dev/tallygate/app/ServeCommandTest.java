package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ServeCommandTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"auto", "epoll", "nio"})
  void portTaken_saysSoAndExits1(String transport) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Program serve =
            serve(
                Map.of(
                    "HOST",
                    "127.0.0.1",
                    "PORT",
                    Integer.toString(taken.getLocalPort()),
                    "MANAGEMENT_PORT",
                    "0",
                    "TRANSPORT",
                    transport))) {
      Program.Ended ended = serve.ended();
      assertThat(ended.code()).isEqualTo(1);
      assertThat(ended.err().lines())
          .singleElement()
          .asString()
          .startsWith("Tallygate could not start: cannot listen on")
          .contains("127.0.0.1:" + taken.getLocalPort());
      assertThat(ended.out()).doesNotContain("Exception", "\tat ");
    }
  }

  @Test
  void managementPortTaken_saysSoAndExits1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Program serve =
            serve(
                Map.of(
                    "HOST",
                    "127.0.0.1",
                    "PORT",
                    "0",
                    "MANAGEMENT_PORT",
                    Integer.toString(taken.getLocalPort())))) {
      Program.Ended ended = serve.ended();
      assertThat(ended.code()).isEqualTo(1);
      assertThat(ended.err().lines())
          .singleElement()
          .asString()
          .startsWith("Tallygate could not start: cannot listen on")
          .contains("127.0.0.1:" + taken.getLocalPort(), "MANAGEMENT_PORT");
      assertThat(ended.out()).doesNotContain("Exception", "\tat ");
    }
  }

  @Test
  void hostUnknown_saysSoAndExits1() throws Exception {
    try (Program serve =
        serve(Map.of("HOST", "no-such-host.invalid", "PORT", "0", "MANAGEMENT_PORT", "0"))) {
      Program.Ended ended = serve.ended();
      assertThat(ended.code()).isEqualTo(1);
      assertThat(ended.err().lines())
          .singleElement()
          .asString()
          .contains("cannot listen on", "no-such-host.invalid");
    }
  }

  @Test
  void caFileMissing_saysSoAndExits1() throws Exception {
    Path missing = folder.resolve("ca.pem");
    try (Program serve =
        serve(
            Map.of("UPSTREAM_CA_FILE", missing.toString(), "PORT", "0", "MANAGEMENT_PORT", "0"))) {
      Program.Ended ended = serve.ended();
      assertThat(ended.code()).isIn(1, 78);
      assertThat(ended.err()).contains("ca.pem").doesNotContain("\tat ");
    }
  }

  @Test
  void mistakes_areListedAtOnceAndExit78() throws Exception {
    Map<String, String> wrong =
        Map.of(
            "PORT", "70000", "CACHE_ENABLED", "maybe", "CACHE_MAXSIZE", "10", "CACHE_TTL_MS", "-1");
    try (Program serve = serve(wrong)) {
      Program.Ended ended = serve.ended();
      assertThat(ended.code()).isEqualTo(78);
      assertThat(ended.out()).isEmpty();
      assertThat(ended.err())
          .contains("4 mistakes", "PORT=70000", "CACHE_ENABLED=maybe", "CACHE_TTL_MS=-1")
          .contains("CACHE_MAXSIZE", "did you mean CACHE_MAX_SIZE?")
          .doesNotContain("\tat ");
    }
  }

  private Program serve(Map<String, String> environment) throws Exception {
    return Program.start(folder, environment, "serve");
  }
}
