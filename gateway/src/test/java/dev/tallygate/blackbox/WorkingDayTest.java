package dev.tallygate.blackbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.demo.SimulatedUpstream;
import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A team's morning, replayed: 12 keys by Zipf's law in sessions, a twentieth of the calls with keys
 * that do not exist, and somebody who edits the key file. Two hours pass in 8 seconds, and the TTL
 * is shortened alike. A machine that is slow stretches the morning and has room to: entries live
 * for many calls of a session.
 *
 * <p>{@code traces/morning.txt} has a line for each call: milliseconds since nine, and the number
 * of the key, negative for an unknown one. {@code WorkingDayTrace} of the benchmarks wrote it.
 */
class WorkingDayTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int KEYS = 12;
  private static final int CLIENTS = 8;
  private static final int COMPRESSION = 900;
  private static final int CALLS_BETWEEN_EDITS = 250;
  private static final int CALLS_BETWEEN_LOOKS = 100;

  /** As many places as keys. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "CACHE_TTL_MS",
          Integer.toString(300_000 / COMPRESSION),
          "CACHE_MAX_SIZE",
          Integer.toString(KEYS));

  @TempDir Path folder;
  private final Ticker clock = Ticker.system();
  private final Map<String, RecordedUsage> served = new ConcurrentHashMap<>();
  private final Map<String, String> names = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger();
  private SimulatedUpstream upstream;
  private KeyFiles keys;

  private record Visit(long atMillis, int key) {
    boolean known() {
      return key >= 0;
    }
  }

  @BeforeEach
  void start() throws IOException {
    upstream = SimulatedUpstream.start(RunningGateway.MASTER_KEY);
    keys =
        KeyFiles.in(folder)
            .write(
                IntStream.range(0, KEYS)
                    .mapToObj(WorkingDayTest::key)
                    .map(key -> KeyFiles.key(key).id(key).name(key).limit(1_000_000_000))
                    .toArray(KeyFiles.Entry[]::new));
  }

  @AfterEach
  void stop() {
    upstream.close();
  }

  private static String key(int number) {
    return number >= 0 ? "pk_team_%02d".formatted(number) : "pk_wrong_%04d".formatted(-number);
  }

  @Test
  void morning_hitsOver95Percent_andEveryTokenIsOnRecord() throws Exception {
    List<Visit> visits = visits();
    try (RunningGateway gateway =
        RunningGateway.start(folder, upstream.openAiBase(), upstream.anthropicBase(), SETTINGS)) {
      int looks = replay(visits, gateway);
      JsonNode stats = KeyCalls.cacheStats(gateway, key(0));
      System.out.println(stats);
      long hits = stats.path("hits").asLong();
      long misses = stats.path("misses").asLong();
      assertThat(hits + misses).as("look-ups").isEqualTo(visits.size() + looks + 1);
      assertThat(stats.path("hitRate").asDouble()).as("%s", stats).isGreaterThan(95);
      assertThat(knownHitRate(visits, stats)).as("%s", stats).isGreaterThan(95);
      assertThat(stats.path("evictions").asLong()).isZero();
      assertThat(stats.path("loadFailures").asLong()).isZero();
      for (Map.Entry<String, String> edited : names.entrySet()) {
        await()
            .untilAsserted(() ->
                assertThat(KeyCalls.stats(gateway, edited.getKey()).path("name").asString(""))
                    .isEqualTo(edited.getValue()));
      }
    }
    assertThat(RecordedUsage.in(folder)).isEqualTo(served);
    assertThat(served.values().stream().mapToLong(RecordedUsage::tokens).sum())
        .isEqualTo(upstream.served().total().charged())
        .isPositive();
    for (Map.Entry<String, String> edited : names.entrySet()) {
      assertThat(keys.entry(edited.getKey()).path("name").asString(""))
          .isEqualTo(edited.getValue());
    }
  }

  /** Makes the calls; how often the statistics were looked at meanwhile. */
  private int replay(List<Visit> visits, RunningGateway gateway) throws Exception {
    long nine = clock.nanos();
    int looks = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> clients = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        clients.add(threads.submit(() -> takeTurns(visits, gateway, nine)));
      }
      for (Future<Integer> client : clients) {
        looks += client.get();
      }
    }
    return looks;
  }

  private int takeTurns(List<Visit> visits, RunningGateway gateway, long nine) throws Exception {
    int looks = 0;
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      for (int n = next.getAndIncrement(); n < visits.size(); n = next.getAndIncrement()) {
        Visit visit = visits.get(n);
        long due = nine + TimeUnit.MILLISECONDS.toNanos(visit.atMillis()) / COMPRESSION;
        Thread.sleep(Duration.ofNanos(Math.max(0, due - clock.nanos())));
        call(client, visit);
        if (n % CALLS_BETWEEN_EDITS == CALLS_BETWEEN_EDITS - 1) {
          edit(n / CALLS_BETWEEN_EDITS);
        }
        if (n % CALLS_BETWEEN_LOOKS == 0) {
          looks++;
          assertThat(KeyCalls.cacheStats(gateway, key(0)).path("size").asInt())
              .isLessThanOrEqualTo(KEYS);
        }
      }
    }
    return looks;
  }

  private void call(RawClient client, Visit visit) throws IOException {
    String key = key(visit.key());
    RawResponse answer =
        client
            .request("POST", KeyCalls.CHAT, KeyCalls.BODY, "Authorization: Bearer " + key)
            .readResponse();
    assertThat(answer.status()).as(answer.text()).isEqualTo(visit.known() ? 200 : 401);
    if (visit.known()) {
      JsonNode usage = JSON.readTree(answer.body()).path("usage");
      RecordedUsage call =
          new RecordedUsage(
              1, usage.path("prompt_tokens").asLong(), usage.path("completion_tokens").asLong(), 0);
      served.merge(key, call, RecordedUsage::plus);
    }
  }

  /** Gives a key's holder another name, in place and by renaming a new file over it by turns. */
  private synchronized void edit(int number) throws IOException {
    String key = key(number * 7 % KEYS);
    String name = key + " edit " + number;
    String text =
        keys.text().replaceFirst("\"name\": \"" + key + "[^\"]*\"", "\"name\": \"" + name + "\"");
    if (number % 2 == 0) {
      keys.writeText(text);
    } else {
      keys.replaceText(text);
    }
    names.put(key, name);
  }

  /** The gateway cannot tell whose a miss was; who made the calls can. */
  private static double knownHitRate(List<Visit> visits, JsonNode stats) {
    long unknown = visits.stream().filter(visit -> !visit.known()).count();
    long negativeHits = stats.path("negativeHits").asLong();
    long hits = stats.path("hits").asLong() - negativeHits;
    long misses = stats.path("misses").asLong() - (unknown - negativeHits);
    assertThat(unknown).isGreaterThanOrEqualTo(visits.size() / 21);
    return 100.0 * hits / (hits + misses);
  }

  private static List<Visit> visits() throws IOException {
    try (InputStream in = WorkingDayTest.class.getResourceAsStream("/traces/morning.txt")) {
      return new String(in.readAllBytes(), US_ASCII)
          .lines()
          .map(line -> line.split(" ", -1))
          .map(line -> new Visit(Long.parseLong(line[0]), Integer.parseInt(line[1])))
          .toList();
    }
  }
}
