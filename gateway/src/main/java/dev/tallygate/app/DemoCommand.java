package dev.tallygate.app;

import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.demo.Behaviour;
import dev.tallygate.demo.DemoScript;
import dev.tallygate.demo.SimulatedUpstream;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * {@code tallygate demo}: a simulated upstream, a gateway in front of it and two calls, on loopback
 * and in a folder that is thrown away. Needs no account and no network.
 */
final class DemoCommand implements Callable<Integer> {
  private static final long TOKEN_LIMIT = 100_000;
  private static final int MAX_PORT = 65_535;
  private static final Duration EVENT_DELAY = Duration.ofMillis(25);

  private final CommandSpec spec;

  private DemoCommand() {
    spec = CommandSpec.wrapWithoutInspection(this);
    spec.usageMessage()
        .header("Shows a plain and a streamed call through a gateway, without account or network.")
        .description(
            "Starts a simulated upstream and a gateway with a key of its own, makes two calls and"
                + " shows what went over the wire and what was counted. Then it stays up until"
                + " Ctrl-C.");
    spec.addOption(
        OptionSpec.builder("--port")
            .type(int.class)
            .defaultValue("0")
            .paramLabel("PORT")
            .description("Where the gateway listens; 0, the default, takes a free port.")
            .build());
    spec.addOption(
        OptionSpec.builder("--once")
            .type(boolean.class)
            .description("End after the calls: with 0, or with 1 when anything was not right.")
            .build());
  }

  static CommandSpec spec() {
    return new DemoCommand().spec;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var given = spec.commandLine().getParseResult();
    int port = given.matchedOptionValue("--port", 0);
    if (port < 0 || port > MAX_PORT) {
      throw new ParameterException(
          spec.commandLine(), "--port=" + port + ": expected a whole number from 0 to " + MAX_PORT);
    }
    boolean once = given.hasMatchedOption("--once");
    PrintWriter err = spec.commandLine().getErr();
    Path folder = Files.createTempDirectory("tallygate-demo");
    try (SimulatedUpstream upstream =
            SimulatedUpstream.start(
                0,
                Set.of(LoopbackGateway.MASTER_KEY),
                Behaviour.PROMPT.withEventDelay(EVENT_DELAY),
                Ticker.system());
        Demonstration demonstration = Demonstration.start(folder, port, upstream)) {
      if (!once) {
        cleanUpOnExit(demonstration, folder);
      }
      List<String> wrong = demonstration.show();
      wrong.forEach(complaint -> err.println("not right: " + complaint));
      if (!once) {
        demonstration.stayUp();
      }
      return wrong.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    } catch (IOException e) {
      err.println("The demonstration could not start: " + e.getMessage());
      return ExitCode.FAILED;
    } finally {
      LoopbackGateway.remove(folder);
    }
  }

  /** Ctrl-C ends the process: the gateway is closed first, lest it write there once more. */
  private static void cleanUpOnExit(Demonstration demonstration, Path folder) {
    Runnable cleanUp =
        () -> {
          demonstration.close();
          LoopbackGateway.remove(folder);
        };
    Runtime.getRuntime().addShutdownHook(new Thread(cleanUp, "demo-clean-up"));
  }

  /** The gateway of the demonstration and what is shown of it. */
  private record Demonstration(LoopbackGateway gateway, SimulatedUpstream upstream)
      implements AutoCloseable {

    static Demonstration start(Path folder, int port, SimulatedUpstream upstream)
        throws IOException {
      Map<String, String> settings =
          Map.of("PORT", Integer.toString(port), "ACCESS_LOG", "off", "LOG_LEVEL", "error");
      return new Demonstration(
          LoopbackGateway.start(folder, upstream, TOKEN_LIMIT, settings), upstream);
    }

    List<String> show() throws InterruptedException {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      return new DemoScript(
              gateway.uri(),
              gateway.secret(),
              upstream,
              out,
              CommandLine.Help.Ansi.AUTO.enabled(),
              Ticker.system())
          .run();
    }

    void stayUp() throws InterruptedException {
      System.out.println("\nThe gateway stays up until Ctrl-C.");
      Thread.currentThread().join();
    }

    @Override
    public void close() {
      gateway.close();
    }
  }
}
