package dev.tallygate.app;

import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.demo.Behaviour;
import dev.tallygate.demo.SimulatedUpstream;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code tallygate aot-cache}: the run that the JVM learns from. A gateway is started as {@code
 * serve} starts it, in front of a simulated upstream, and called; what is loaded and compiled
 * meanwhile is what the launcher, which started the JVM to watch it, puts into the cache.
 */
final class AotCacheCommand implements Callable<Integer> {
  /** What {@code auto} finds, and what it falls back on where the kernel forbids io_uring. */
  private static final List<String> TRANSPORTS = List.of("auto", "epoll");

  /** No quota is reached. */
  private static final long TOKEN_LIMIT = 1_000_000_000;

  private final CommandSpec spec;

  private AotCacheCommand() {
    spec = CommandSpec.wrapWithoutInspection(this);
    spec.usageMessage()
        .header("Makes the cache again from which the JVM starts faster.")
        .description(
            "",
            "The build makes it; it is of use again after the jars were copied without their"
                + " times, under another Java or with other TALLYGATE_JAVA_OPTS. Takes some"
                + " seconds: a gateway and a simulated upstream are started on loopback and"
                + " called. The launcher lets the JVM write lib/tallygate.aot meanwhile; without it"
                + " this makes the calls only.",
            "");
  }

  static CommandSpec spec() {
    return new AotCacheCommand().spec;
  }

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    try (SimulatedUpstream upstream =
        SimulatedUpstream.start(
            0, Set.of(LoopbackGateway.MASTER_KEY), Behaviour.PROMPT, Ticker.system())) {
      for (String transport : TRANSPORTS) {
        train(transport, upstream);
      }
      return ExitCode.OK;
    } catch (IOException e) {
      err.println("The training run failed: " + e.getMessage());
      err.flush();
      return ExitCode.FAILED;
    }
  }

  private static void train(String transport, SimulatedUpstream upstream)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("tallygate-training");
    try (LoopbackGateway gateway =
        LoopbackGateway.start(folder, upstream, TOKEN_LIMIT, Map.of("TRANSPORT", transport))) {
      new TrainingCalls(gateway.uri(), gateway.secret()).run();
    } catch (IOException e) {
      throw new IOException("over " + transport + ": " + e.getMessage(), e);
    } finally {
      LoopbackGateway.remove(folder);
    }
  }
}
