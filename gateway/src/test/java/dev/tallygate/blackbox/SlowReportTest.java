package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports that SQLite takes long over, beside calls whose keys are not in memory yet. */
class SlowReportTest {
  private static final int KEYS = 20;
  // One is read, the others wait; more than there are threads that keys are loaded on.
  private static final int REPORTS = 16;

  @TempDir Path folder;

  private static int call(RunningGateway gateway, int key) throws Exception {
    return Http.post(
            gateway.uri("/v1/chat/completions"),
            "{\"messages\":[]}",
            "authorization",
            "Bearer pk_of_many_" + key)
        .status();
  }

  private static boolean isReading(StackTraceElement... stack) {
    return Arrays.stream(stack).anyMatch(frame -> frame.getClassName().endsWith(".LedgerReader"))
        && stack[0].getClassName().startsWith("org.sqlite.");
  }

  @Test
  void keysAreLoaded_whileReportsWaitInSqlite() throws Exception {
    KeyFiles.in(folder)
        .write(
            IntStream.range(0, KEYS)
                .mapToObj(i -> KeyFiles.key("pk_of_many_" + i).id("many-" + i))
                .toArray(KeyFiles.Entry[]::new));
    try (FakeUpstream upstream = FakeUpstream.start().always(Answers.chatCompletion(11, 22));
        RunningGateway gateway =
            RunningGateway.start(folder, upstream, Map.of("ADMIN_TOKEN", AdminClient.TOKEN));
        ExecutorService asking = Executors.newFixedThreadPool(REPORTS)) {
      AdminClient admin = new AdminClient(gateway);
      assertThat(call(gateway, 0)).isEqualTo(200);
      List<Future<Integer>> reports = new ArrayList<>();
      try (HeldReaders held = HeldReaders.of(folder)) {
        for (int i = 0; i < REPORTS; i++) {
          reports.add(asking.submit(() -> admin.get("/usage").status()));
        }
        await()
            .until(() ->
                Thread.getAllStackTraces().values().stream().anyMatch(SlowReportTest::isReading));
        for (int key = 1; key < KEYS; key++) {
          assertThat(call(gateway, key)).isEqualTo(200);
        }
        assertThat(admin.get("/cache").json().path("misses").asInt()).isEqualTo(KEYS);
        assertThat(held.areHeld()).isTrue();
        assertThat(reports).noneMatch(Future::isDone);
      }
      for (Future<Integer> report : reports) {
        assertThat(report.get()).isEqualTo(200);
      }
    }
  }
}
