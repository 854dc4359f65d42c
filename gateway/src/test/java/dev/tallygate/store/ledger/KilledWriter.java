package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A process that records 7 tokens of a key at {@link FakeTicker#START} and ends like a kill -9. */
final class KilledWriter {
  static final int CODE = 9;

  private KilledWriter() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    SqliteLedger ledger =
        SqliteLedger.open(Path.of(args[0]), Duration.ofMillis(200), new FakeTicker());
    UsageRecord call =
        new UsageRecord(
            "killed", "m", FakeTicker.START.toEpochMilli(), new TokenUsage(5, 0, 0, 2), 0);
    ledger.record(call, () -> Runtime.getRuntime().halt(CODE));
    Thread.currentThread().join();
  }

  /** Leaves a ledger in the folder as a killed gateway does. */
  static void in(Path folder) throws IOException, InterruptedException {
    run(KilledWriter.class, folder.toString());
  }

  /** Runs the main method of a class, which must end with {@link #CODE}. */
  static void run(Class<?> main, String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(Duration.ofSeconds(30))).isTrue();
      assertThat(process.exitValue()).isEqualTo(CODE);
    } finally {
      process.destroyForcibly();
    }
  }
}
