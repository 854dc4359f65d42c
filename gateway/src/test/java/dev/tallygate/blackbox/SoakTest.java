package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mixed load and faults for a long time: whatever clients and the upstream do, the gateway at rest
 * needs afterwards what it needed before. Two minutes, or as {@code bin/soak} says.
 */
class SoakTest {
  private static final int CLIENTS = 24;
  private static final int KEYS = 20;
  private static final Duration ROUND = Duration.ofSeconds(10);
  private static final Duration WHOLE =
      Duration.ofSeconds(Long.getLong("tallygate.soak.seconds", 120));
  private static final long MIB = 1024 * 1024;

  @TempDir Path folder;

  private final LongAdder calls = new LongAdder();
  private final LongAdder unanswered = new LongAdder();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /** What the process holds while nobody is served. */
  private record Held(long heap, long direct, long descriptors, long threads) {
    static Held now() {
      for (int i = 0; i < 3; i++) {
        System.gc();
      }
      return new Held(
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
          PlatformDependent.usedDirectMemory(),
          ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
              .getOpenFileDescriptorCount(),
          ManagementFactory.getThreadMXBean().getThreadCount());
    }

    String text() {
      return String.format(
          Locale.ROOT,
          "heap %.1f MiB, direct %.1f MiB, %d descriptors, %d threads",
          (double) heap / MIB,
          (double) direct / MIB,
          descriptors,
          threads);
    }
  }

  @Test
  void nothingGrows() throws Exception {
    List<Held> rests = new ArrayList<>();
    try (SoakUpstream upstream = SoakUpstream.start()) {
      writeKeys(0);
      try (RunningGateway gateway =
          RunningGateway.start(
              folder,
              upstream.base(),
              upstream.base(),
              Map.of(
                  "UPSTREAM_RETRY_ON",
                  "503,1302",
                  "UPSTREAM_IDLE_TIMEOUT_MS",
                  "2000",
                  "CLIENT_HEADER_TIMEOUT_MS",
                  "1000",
                  // More than this stay open for the next call of a moment, not for good.
                  "CLIENT_IDLE_TIMEOUT_MS",
                  "2000"))) {
        // The first third is for what is loaded, compiled and pooled once.
        for (long left = WHOLE.toSeconds(); left > 0; left -= ROUND.toSeconds()) {
          round(gateway, rests.size());
          gateway.awaitIdle();
          // Kept upstream connections end when they were unused for a while.
          Thread.sleep(500);
          rests.add(Held.now());
          System.out.printf(
              "soak: %,d calls, %,d of them without an answer, %,d faults of the upstream; at rest %s%n",
              calls.sum(), unanswered.sum(), upstream.faults(), rests.getLast().text());
          assertThat(failures).isEmpty();
        }
      }
      assertThat(upstream.faults()).isGreaterThan(calls.sum() / 10);
    }
    assertFlat(rests, "heap", Held::heap, 8 * MIB);
    assertFlat(rests, "direct memory", Held::direct, 4 * MIB);
    assertFlat(rests, "descriptors", Held::descriptors, 20);
    assertFlat(rests, "threads", Held::threads, 10);
  }

  /** The last third holds what the second did, and so much more at most. */
  private static void assertFlat(
      List<Held> rests, String what, ToLongFunction<Held> figure, long tolerated) {
    int third = rests.size() / 3;
    double before = mean(rests.subList(third, 2 * third), figure);
    double after = mean(rests.subList(rests.size() - third, rests.size()), figure);
    assertThat(after).as(what).isLessThan(before + tolerated);
  }

  private static double mean(List<Held> rests, ToLongFunction<Held> figure) {
    return rests.stream().mapToLong(figure).average().orElseThrow();
  }

  private void round(RunningGateway gateway, int number) throws Exception {
    long end = System.nanoTime() + ROUND.toNanos();
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < CLIENTS; c++) {
      SplittableRandom random = new SplittableRandom(1_000L * number + c);
      clients.add(
          Thread.ofVirtual()
              .start(() -> {
                while (System.nanoTime() < end) {
                  calls(gateway, random, end);
                }
              }));
    }
    writeKeys(number);
    for (Thread client : clients) {
      assertThat(client.join(Duration.ofSeconds(60))).isTrue();
    }
  }

  /** Some calls on one connection, until it ends or breaks. */
  private void calls(RunningGateway gateway, SplittableRandom random, long end) {
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.patience(Duration.ofSeconds(20));
      boolean goesOn = true;
      while (goesOn && System.nanoTime() < end) {
        calls.increment();
        goesOn = call(client, random);
      }
    } catch (IOException cut) {
      // The gateway had to break an answer off, or refused what this client does.
      unanswered.increment();
    } catch (RuntimeException | Error e) {
      failures.add(e);
    }
  }

  /** Whether the connection can be used for another one. */
  private static boolean call(RawClient client, SplittableRandom random) throws IOException {
    String bearer = "Authorization: Bearer pk_soak_" + random.nextInt(KEYS);
    String path = random.nextBoolean() ? "/v1/chat/completions" : "/v1/messages";
    String asks = random.nextBoolean() ? "{\"stream\":true,\"messages\":[]}" : "{\"messages\":[]}";
    switch (random.nextInt(12)) {
      case 0 -> client.request("GET", "/stats", "", bearer);
      case 1 -> client.request("POST", path, asks, "Authorization: Bearer pk_unknown");
      case 2 -> client.request("POST", path, "{\"not\": JSON", bearer);
      case 3 -> client.request("POST", path, "{\"t\":\"" + "x".repeat(200_000) + "\"}", bearer);
      case 4 -> {
        client.request("POST", path, asks, bearer);
        client.readHead();
        return false; // leaves in the middle of its answer
      }
      case 5 -> {
        client.request("POST", path, asks, bearer);
        client.closeAbruptly();
        return false;
      }
      case 6 -> {
        client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Le");
        return false; // leaves in the middle of its head
      }
      case 7 -> client.send("GET / HTTP/1.1\r\nbroken header\r\n\r\n");
      default -> client.request("POST", path, asks, bearer);
    }
    return isKept(client.readResponse().header("connection"));
  }

  private static boolean isKept(@Nullable String connection) {
    return !"close".equalsIgnoreCase(connection);
  }

  /** As an operator edits it: a limit changes with each round. */
  private void writeKeys(int round) throws IOException {
    List<KeyFiles.Entry> keys = new ArrayList<>();
    for (int k = 0; k < KEYS; k++) {
      keys.add(
          KeyFiles.key("pk_soak_" + k)
              .id("soak" + k)
              .model("glm-4.7")
              .limit(1_000_000_000 + round));
    }
    Path file = folder.resolve("apikeys.json");
    Path next = Files.createDirectories(folder.resolve("next"));
    KeyFiles.in(next).write(keys.toArray(KeyFiles.Entry[]::new));
    Files.move(next.resolve("apikeys.json"), file, StandardCopyOption.ATOMIC_MOVE);
  }
}
