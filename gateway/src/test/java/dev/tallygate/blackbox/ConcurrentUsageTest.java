package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many clients at once: what is recorded is what was served, to the token, wherever one looks. */
class ConcurrentUsageTest {
  private static final int CLIENTS = 64;
  private static final int CALLS = 100_000;

  private static final int CLIENTS_PER_KEY = 4;
  private static final long PLENTY = 1_000_000_000_000_000L;

  @TempDir Path folder;
  private final Ticker clock = Ticker.system();
  private MeteredUpstream upstream;
  private KeyFiles keys;

  @BeforeEach
  void start() throws IOException {
    upstream = MeteredUpstream.atOnce();
    keys =
        KeyFiles.in(folder)
            .write(
                IntStream.range(0, CLIENTS)
                    .mapToObj(ConcurrentUsageTest::key)
                    .distinct()
                    .map(key -> KeyFiles.key(key).id(key).model("*").limit(PLENTY))
                    .toArray(KeyFiles.Entry[]::new));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private static String key(int client) {
    return "pk_team_%02d".formatted(client / CLIENTS_PER_KEY);
  }

  @Test
  void hundredThousandCallsOf64Clients_areRecordedAsTheyWereServed() throws Exception {
    Map<String, RecordedUsage> served = new HashMap<>();
    try (RunningGateway gateway =
        RunningGateway.start(folder, upstream.base(), upstream.base(), Map.of())) {
      long began = clock.nanos();
      serve(gateway, served);
      System.out.printf("%d calls in %s%n", CALLS, Duration.ofNanos(clock.nanos() - began));
      gateway.awaitIdle();
      assertThat(RecordedUsage.in(folder)).isEqualTo(served);
      for (String key : served.keySet()) {
        assertThat(KeyCalls.stats(gateway, key).path("total_lifetime_tokens").asLong())
            .isEqualTo(served.get(key).tokens());
        assertThat(KeyCalls.used(gateway, key)).isEqualTo(served.get(key).tokens());
      }
    }
    assertThat(RecordedUsage.in(folder)).isEqualTo(served);
    for (String key : served.keySet()) {
      assertThat(keys.entry(key).path("total_lifetime_tokens").asLong())
          .isEqualTo(served.get(key).tokens());
    }
    assertThat(upstream.calls()).isEqualTo(CALLS);
    assertThat(served.values().stream().mapToLong(RecordedUsage::tokens).sum())
        .isEqualTo(upstream.tokens());
  }

  private static void serve(RunningGateway gateway, Map<String, RecordedUsage> served)
      throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<RecordedUsage>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int first = i;
        clients.add(threads.submit(() -> callEvery(gateway, first)));
      }
      for (int i = 0; i < CLIENTS; i++) {
        served.merge(key(i), clients.get(i).get(), RecordedUsage::plus);
      }
    }
  }

  /** Makes the calls {@code first}, {@code first + CLIENTS} and so on. */
  private static RecordedUsage callEvery(RunningGateway gateway, int first) throws IOException {
    RecordedUsage sum = RecordedUsage.NONE;
    try (MeteredClient client = MeteredClient.connect(gateway.uri("/"), key(first))) {
      for (int number = first; number < CALLS; number += CLIENTS) {
        MeteredCall call = MeteredCall.mostlyPlain(number);
        MeteredClient.Answer answer = client.call(call);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.ending()).isEqualTo(MeteredClient.Ending.COMPLETE);
        sum = sum.plus(call);
      }
    }
    return sum;
  }
}
