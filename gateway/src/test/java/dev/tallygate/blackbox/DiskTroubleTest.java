package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.GatewayProcess;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway of its own process whose disk refuses to take the ledger's writes for a while. Where
 * neither way to bring that about is allowed, the test is reported as given up.
 */
class DiskTroubleTest {
  private static final String KEY = "pk_user_12345";
  private static final int RUNNING = 14;

  private static final Duration WELL_WITHIN = Duration.ofSeconds(10);

  @TempDir Path folder;
  @TempDir Path scratch;
  private MeteredUpstream upstream;
  private long number;

  @BeforeEach
  void setUp() throws IOException {
    upstream = MeteredUpstream.atOnce();
  }

  @AfterEach
  void tearDown() throws IOException {
    upstream.close();
  }

  @Test
  void fullDisk_refusesCalls_endsRunningOnes_andIsOverOnceThereIsRoom() throws Exception {
    try (LedgerDisk disk = LedgerDisk.Small.mountedOn(folder)) {
      refusesCallsUntilMended(disk);
    }
  }

  @Test
  void failingWrites_refuseCalls_endRunningOnes_andAreOverOnceTheySucceed() throws Exception {
    try (LedgerDisk disk = new LedgerDisk.Limited(folder)) {
      refusesCallsUntilMended(disk);
    }
  }

  @Test
  void callsThatEndedOnAFullDisk_areOnRecordAfterAKill() throws Exception {
    try (LedgerDisk disk = LedgerDisk.Small.mountedOn(folder)) {
      KeyFiles keys = keys(disk);
      RecordedUsage served = RecordedUsage.NONE;
      try (GatewayProcess gateway = start(keys)) {
        URI uri = gateway.awaitListening();
        served = served.plus(wholeCall(uri));
        served = endRunningCalls(uri, gateway, disk, served);
        gateway.kill();
        // SQLite needs room for reading as well.
        disk.mendFor(gateway);
        assertThat(RecordedUsage.in(disk.folder())).isEqualTo(Map.of(KEY, served));
      }
      try (GatewayProcess gateway = start(keys)) {
        gateway.awaitListening();
        assertThat(RecordedUsage.inDatabase(disk.folder())).isEqualTo(Map.of(KEY, served));
        assertThat(gateway.terminate()).as(gateway.output()).isZero();
      }
      assertThat(served.tokens()).isEqualTo(upstream.tokens());
    }
  }

  private static KeyFiles keys(LedgerDisk disk) throws IOException {
    return KeyFiles.in(disk.folder()).write(KeyFiles.key(KEY).id(KEY).model("*").limit(1L << 50));
  }

  private GatewayProcess start(KeyFiles keys) throws IOException {
    return GatewayProcess.start(keys.path(), scratch, upstream.base(), upstream.base());
  }

  private void refusesCallsUntilMended(LedgerDisk disk) throws Exception {
    KeyFiles keys = keys(disk);
    RecordedUsage served = RecordedUsage.NONE;
    try (GatewayProcess gateway = start(keys)) {
      URI uri = gateway.awaitListening();
      for (int i = 0; i < 3 * RUNNING; i++) {
        served = served.plus(wholeCall(uri));
      }

      served = endRunningCalls(uri, gateway, disk, served);
      await().atMost(WELL_WITHIN).until(() -> Http.get(uri.resolve("/health")).status() == 503);
      assertRefused(uri, disk.reason());
      long begun = upstream.calls();

      disk.mendFor(gateway);
      await().atMost(WELL_WITHIN).until(() -> Http.get(uri.resolve("/health")).status() == 200);
      assertThat(upstream.calls()).as("refused calls went no further").isEqualTo(begun);
      for (int i = 0; i < RUNNING; i++) {
        served = served.plus(wholeCall(uri));
      }
      assertThat(RecordedUsage.in(disk.folder())).isEqualTo(Map.of(KEY, served));
      assertThat(gateway.output()).contains("usage is recorded again");
      assertThat(gateway.terminate()).as(gateway.output()).isZero();
    }
    assertThat(RecordedUsage.in(disk.folder())).isEqualTo(Map.of(KEY, served));
    assertThat(served.tokens()).isEqualTo(upstream.tokens());
    assertThat(keys.entry(KEY).path("total_lifetime_tokens").asLong()).isEqualTo(served.tokens());
  }

  /** Breaks the disk while calls run, which end all the same: the journal has room for them. */
  private RecordedUsage endRunningCalls(
      URI uri, GatewayProcess gateway, LedgerDisk disk, RecordedUsage before) throws Exception {
    RecordedUsage served = before;
    upstream.holdEndings();
    List<MeteredCall> running = new ArrayList<>();
    List<Future<MeteredClient.Answer>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < RUNNING; i++) {
        MeteredCall call = next();
        running.add(call);
        served = served.plus(call);
        answers.add(threads.submit(calling(uri, call)));
      }
      await().atMost(WELL_WITHIN).until(() -> running.stream().allMatch(upstream::hasBegun));
      disk.breakFor(gateway);
      upstream.releaseEndings();
      for (int i = 0; i < RUNNING; i++) {
        MeteredClient.Answer answer =
            answers.get(i).get(WELL_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(answer.status()).as(running.get(i).toString()).isEqualTo(200);
        assertThat(answer.ending())
            .as("%s: %s", running.get(i), answer.body())
            .isEqualTo(MeteredClient.Ending.COMPLETE);
      }
    }
    return served;
  }

  private MeteredCall next() {
    return MeteredCall.any(number++);
  }

  private MeteredCall wholeCall(URI gateway) throws Exception {
    MeteredCall call = next();
    MeteredClient.Answer answer = calling(gateway, call).call();
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.ending()).isEqualTo(MeteredClient.Ending.COMPLETE);
    return call;
  }

  private static Callable<MeteredClient.Answer> calling(URI gateway, MeteredCall call) {
    return () -> {
      try (MeteredClient client = MeteredClient.connect(gateway, KEY)) {
        return client.call(call);
      }
    };
  }

  private void assertRefused(URI gateway, String reason) throws Exception {
    for (MeteredCall.Shape shape : MeteredCall.Shape.values()) {
      MeteredClient.Answer answer = calling(gateway, new MeteredCall(Long.MAX_VALUE, shape)).call();
      assertThat(answer.status()).as(answer.body()).isEqualTo(503);
      assertThat(answer.body()).contains(reason);
    }
    Http.Response health = Http.get(gateway.resolve("/health"));
    assertThat(health.status()).isEqualTo(503);
    assertThat(health.json().path("status").asString()).isEqualTo("not_ready");
    assertThat(health.json().path("reasons").path(0).asString()).contains("usage.db", reason);
  }
}
