package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransportTest {
  /** Runs in a process of its own: prints the transport that the named candidates lead to. */
  static final class Chosen {
    private Chosen() {}

    public static void main(String[] names) {
      try {
        Transport.Loops loops =
            Transport.start(Arrays.stream(names).map(Transport::valueOf).toList(), 1);
        loops.group().shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        System.out.println("chosen " + loops.transport());
      } catch (IOException e) {
        System.out.println("none: " + e.getMessage());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void start_worksWithEachTransportThatTheMachineHas(Transport transport) throws IOException {
    assumeThat(transport.obstacle()).as("%s is not to be had here", transport).isNull();
    Transport.Loops loops = Transport.start(List.of(transport), 1);
    assertThat(loops.transport()).isEqualTo(transport);
    assertThat(loops.group().shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5_000))
        .isTrue();
  }

  @Test
  void start_fallsBackWhereTheNativeTransportsAreRefused() throws Exception {
    assertThat(chosenWithoutNatives("IO_URING", "EPOLL", "NIO")).isEqualTo("chosen NIO");
  }

  @Test
  void start_saysWhyWhenTheOnlyTransportAskedForIsRefused() throws Exception {
    assertThat(chosenWithoutNatives("EPOLL"))
        .startsWith("none: no transport works here (EPOLL: ")
        .endsWith("; set TRANSPORT=auto");
  }

  private static String chosenWithoutNatives(String... candidates) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dio.netty.transport.noNative=true");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Chosen.class.getName());
    command.addAll(List.of(candidates));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return output.strip();
  }
}
