package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.GatewayProcess;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The promise of the ledger, kept under SIGKILL: what a client got whole is on record, what is on
 * record was served, and nothing is there twice.
 *
 * <p>A gateway of its own process serves clients of both wire formats, plain and streamed, and is
 * killed at a random moment, again and again, on the same folder. After each restart every key is
 * accounted for exactly: its record has grown by all the calls that its clients got whole, and by
 * none, some or all of those that were under way when the gateway died, which are at most as many
 * as it has clients.
 *
 * <p>{@code bin/kill-test 1000} runs a thousand cycles; the seed, which is printed, gives the same
 * moments again, though not the same schedule.
 */
class KillTest {
  private static final int CYCLES = Integer.getInteger("tallygate.kill.cycles", 24);
  private static final long SEED =
      Long.getLong("tallygate.kill.seed", Ticker.system().epochMillis());

  private static final int CLIENTS = 48;
  // The other clients share keys, so that their calls meet in one row of the ledger.
  private static final int CLIENTS_WITH_THEIR_OWN_KEY = 32;
  private static final int CLIENTS_PER_SHARED_KEY = 4;
  private static final long PLENTY = 1_000_000_000_000_000L;

  /** One cycle in so many kills the gateway while it starts. */
  private static final int START_KILLS = 8;

  private static final int LONGEST_START_MILLIS = 1_000;
  private static final int SHORTEST_RUN_MILLIS = 100;
  private static final int LONGEST_RUN_MILLIS = 1_200;

  @TempDir Path folder;
  @TempDir Path scratch;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private final AtomicLong number = new AtomicLong();
  private final Map<String, RecordedUsage> accounted = new HashMap<>();
  private final Figures figures = new Figures();
  private MeteredUpstream upstream;
  private KeyFiles keys;

  @BeforeEach
  void setUp() throws IOException {
    upstream = MeteredUpstream.inPieces();
    keys = KeyFiles.in(folder).write(entries());
  }

  @AfterEach
  void tearDown() throws IOException {
    upstream.close();
  }

  /** What happened altogether. */
  private static final class Figures {
    int startKills;
    long whole;
    long wholeByTheirEnd;
    long cutButRecorded;
    long cutAndNotRecorded;
    long tokens;

    @Override
    public String toString() {
      return "%d answers received whole (%d of them streams that had their end and no more), %d cut off but recorded, %d cut off and not recorded, %d kills during the start, %d tokens on record"
          .formatted(whole, wholeByTheirEnd, cutButRecorded, cutAndNotRecorded, startKills, tokens);
    }
  }

  /** What a client, or all clients of a key, got in one cycle. */
  private static final class Taken {
    RecordedUsage whole = RecordedUsage.NONE;
    final List<MeteredCall> wholeByTheirEnd = new ArrayList<>();
    final List<MeteredCall> cut = new ArrayList<>();
  }

  @Test
  void everyAnswerReceivedWhole_isOnRecordOnce_howeverOftenTheGatewayIsKilled() throws Exception {
    System.out.printf("kill test: seed %d, %d cycles%n", SEED, CYCLES);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int cycle = 0; cycle < CYCLES; cycle++) {
        try {
          if (cycle % START_KILLS == 0) {
            killWhileStarting();
          } else {
            runAndKill(threads);
          }
        } catch (Exception | AssertionError e) {
          throw new AssertionError("seed " + SEED + ", cycle " + cycle, e);
        }
        if (cycle % 100 == 99) {
          System.out.printf("%d cycles: %s%n", cycle + 1, figures);
        }
      }
      endInOrder();
      assertThat(figures.tokens).isLessThanOrEqualTo(upstream.tokens());
      assertThat(requests()).isLessThanOrEqualTo(upstream.calls());
    }
    System.out.printf("kill test: %s%n", figures);
    // Otherwise the kills came at no moment that matters.
    assertThat(figures.whole).isGreaterThan(CYCLES);
    assertThat(figures.cutAndNotRecorded).isPositive();
  }

  private static KeyFiles.Entry[] entries() {
    return IntStream.range(0, CLIENTS)
        .mapToObj(KillTest::key)
        .distinct()
        .map(key -> KeyFiles.key(key).id(key).model("*").limit(PLENTY))
        .toArray(KeyFiles.Entry[]::new);
  }

  /** The key of a client; its id is the same text. */
  private static String key(int client) {
    int shared = client - CLIENTS_WITH_THEIR_OWN_KEY;
    return shared < 0
        ? "pk_own_%04d".formatted(client)
        : "pk_shared_%02d".formatted(shared / CLIENTS_PER_SHARED_KEY);
  }

  private GatewayProcess start() throws IOException {
    return GatewayProcess.start(keys.path(), scratch, upstream.base(), upstream.base());
  }

  private void killWhileStarting() throws Exception {
    figures.startKills++;
    try (GatewayProcess gateway = start()) {
      Thread.sleep(Duration.ofMillis(random.nextInt(LONGEST_START_MILLIS)));
      gateway.kill();
    }
    assertThat(keys.json().path("keys")).isNotEmpty();
  }

  private void runAndKill(ExecutorService threads) throws Exception {
    try (GatewayProcess gateway = start()) {
      try {
        URI uri = gateway.awaitListening();
        assertAccountedFor(uri);
        upstream.forget();
        List<Future<Taken>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          String key = key(i);
          clients.add(threads.submit(() -> callUntilItDies(uri, key)));
        }
        Thread.sleep(Duration.ofMillis(random.nextInt(SHORTEST_RUN_MILLIS, LONGEST_RUN_MILLIS)));
        gateway.kill();
        settle(clients);
      } catch (Exception | AssertionError e) {
        throw new AssertionError("the gateway said: " + gateway.output(), e);
      }
    }
    assertThat(keys.json().path("keys")).as("the key file is whole").isNotEmpty();
  }

  private Taken callUntilItDies(URI gateway, String key) throws IOException {
    Taken taken = new Taken();
    try (MeteredClient client = MeteredClient.connect(gateway, key)) {
      while (true) {
        MeteredCall call = MeteredCall.any(number.getAndIncrement());
        MeteredClient.Answer answer = client.call(call);
        if (answer.status() != 200 && answer.status() != 0) {
          throw new AssertionError("status " + answer.status() + ": " + answer.body());
        }
        if (answer.ending().whole()) {
          taken.whole = taken.whole.plus(call);
        }
        switch (answer.ending()) {
          case COMPLETE -> {}
          case DIED_WHOLE -> {
            taken.wholeByTheirEnd.add(call);
            return taken;
          }
          case DIED -> {
            taken.cut.add(call);
            return taken;
          }
        }
      }
    }
  }

  /** Takes what the clients got into account, with what the ledger must and may hold of it. */
  private void settle(List<Future<Taken>> clients) throws Exception {
    Map<String, Taken> byKey = new HashMap<>();
    for (int i = 0; i < CLIENTS; i++) {
      Taken taken = clients.get(i).get(60, TimeUnit.SECONDS);
      Taken sum = byKey.computeIfAbsent(key(i), any -> new Taken());
      sum.whole = sum.whole.plus(taken.whole);
      // What the upstream has not begun to answer can have no usage.
      taken.cut.stream().filter(upstream::hasBegun).forEach(sum.cut::add);
      figures.whole += taken.whole.requests();
      figures.wholeByTheirEnd += taken.wholeByTheirEnd.size();
      sum.wholeByTheirEnd.addAll(taken.wholeByTheirEnd);
    }
    Map<String, RecordedUsage> recorded = RecordedUsage.in(folder);
    for (Map.Entry<String, Taken> each : byKey.entrySet()) {
      String key = each.getKey();
      Taken taken = each.getValue();
      RecordedUsage base = RecordedUsage.of(accounted, key).plus(taken.whole);
      RecordedUsage now = RecordedUsage.of(recorded, key);
      int more = subset(base, taken.cut, now);
      if (more < 0) {
        fail(
            "%s: on record %s; received whole %s, on top of %s; of those, streams that had their end and no more: %s; cut off: %s",
            key,
            now,
            taken.whole,
            RecordedUsage.of(accounted, key),
            costs(taken.wholeByTheirEnd),
            costs(taken.cut));
      }
      figures.cutButRecorded += more;
      figures.cutAndNotRecorded += taken.cut.size() - more;
      accounted.put(key, now);
    }
    figures.tokens = accounted.values().stream().mapToLong(RecordedUsage::tokens).sum();
  }

  private static List<String> costs(List<MeteredCall> calls) {
    return calls.stream().map(call -> call + " " + call.usage()).toList();
  }

  /** How many of these calls lead from one record to another; -1 when none of the choices does. */
  private static int subset(RecordedUsage from, List<MeteredCall> calls, RecordedUsage to) {
    for (int chosen = 0; chosen < 1 << calls.size(); chosen++) {
      RecordedUsage sum = from;
      for (int i = 0; i < calls.size(); i++) {
        if ((chosen >> i & 1) == 1) {
          sum = sum.plus(calls.get(i));
        }
      }
      if (sum.equals(to)) {
        return Integer.bitCount(chosen);
      }
    }
    return -1;
  }

  /** What the restarted gateway has on record, and tells, is what was accounted for. */
  private void assertAccountedFor(URI gateway) throws Exception {
    Map<String, RecordedUsage> recorded = RecordedUsage.inDatabase(folder);
    for (Map.Entry<String, RecordedUsage> each : accounted.entrySet()) {
      String key = each.getKey();
      assertThat(RecordedUsage.of(recorded, key)).as(key).isEqualTo(each.getValue());
      Http.Response stats = Http.get(gateway.resolve("/stats"), "x-api-key", key);
      assertThat(stats.json().path("total_lifetime_tokens").asLong())
          .as("what /stats says of " + key + ": " + stats.body())
          .isEqualTo(each.getValue().tokens());
    }
  }

  /** After all the kills: a stop in order, which leaves the key file as the ledger is. */
  private void endInOrder() throws Exception {
    try (GatewayProcess gateway = start()) {
      assertAccountedFor(gateway.awaitListening());
      assertThat(gateway.terminate()).as(gateway.output()).isZero();
    }
    for (Map.Entry<String, RecordedUsage> each : accounted.entrySet()) {
      assertThat(keys.entry(each.getKey()).path("total_lifetime_tokens").asLong())
          .as("in the key file: " + each.getKey())
          .isEqualTo(each.getValue().tokens());
    }
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("left in the data folder")
          .containsOnly("apikeys.json", "usage.db", "usage.lock");
    }
  }

  private long requests() {
    return accounted.values().stream().mapToLong(RecordedUsage::requests).sum();
  }
}
