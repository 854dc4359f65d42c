package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.tallygate.testkit.Certificates;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawHttp2;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.ScrapedMetrics;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mixed load and faults for a long time, over each protocol that clients speak: whatever they and
 * the upstream do, the gateway at rest needs afterwards what it needed before, and each call ends
 * as its fault says. Two minutes, or as {@code bin/soak} says.
 */
class SoakTest {
  private static final int CLIENTS = 24;
  private static final Duration ROUND = Duration.ofSeconds(10);
  private static final Duration WHOLE =
      Duration.ofSeconds(Long.getLong("tallygate.soak.seconds", 120));
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long MIB = 1024 * 1024;

  // So that one connection is not all there is, nor so many streams reset on it as to be an attack.
  private static final int TURNS = 50;

  @TempDir Path folder;

  private final SoakTally plain = new SoakTally();
  private final SoakTally tls = new SoakTally();
  private final SoakTally http2 = new SoakTally();
  private final List<SoakTally> tallies = List.of(plain, tls, http2);

  /** What the process holds while nobody is served. */
  private record Held(long heap, long direct, long descriptors, long threads) {
    static Held now(int idleUpstreamConnections) {
      for (int i = 0; i < 3; i++) {
        System.gc();
      }
      return new Held(
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
          PlatformDependent.usedDirectMemory(),
          ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                  .getOpenFileDescriptorCount()
              // Both ends of them are in this process, and how many are kept is as it happens.
              - 2L * idleUpstreamConnections,
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

  /** A call or several of a client on its connection. */
  private interface Turn {
    /** False when the connection is of no more use. */
    boolean take() throws IOException;
  }

  @Test
  void nothingGrows() throws Exception {
    List<Held> rests = new ArrayList<>();
    Certificates shown = Certificates.common();
    String certificate = shown.writeCertificate(folder.resolve("cert.pem")).toString();
    String key = shown.writeKey(folder.resolve("key.pem")).toString();
    try (SoakUpstream upstream = SoakUpstream.start();
        RunningGateway open = gateway("plain", upstream, Map.of());
        RunningGateway closed =
            gateway("tls", upstream, Map.of("TLS_CERT", certificate, "TLS_KEY", key))) {
      SSLContext trusting = shown.trusting();
      // The first third is for what is loaded, compiled and pooled once.
      for (long left = WHOLE.toSeconds(); left > 0; left -= ROUND.toSeconds()) {
        round(open, closed, trusting, rests.size());
        rests.add(Held.now(awaitRest(upstream, open, closed)));
        System.out.printf(
            "soak: %,d calls, %,d over TLS, %,d over HTTP/2; %,d cut and %,d left, %,d faults of"
                + " the upstream; at rest %s%n",
            plain.calls(),
            tls.calls(),
            http2.calls(),
            sum(SoakTally::cuts),
            sum(SoakTally::lefts),
            upstream.faults(),
            rests.getLast().text());
        assertThat(tallies).flatExtracting(SoakTally::failures).isEmpty();
      }
      assertThat(upstream.faults()).isGreaterThan(sum(SoakTally::calls) / 10);
    }
    assertThat(tallies).extracting(SoakTally::cuts).allMatch(cuts -> cuts > 0);
    assertFlat(rests, "heap", Held::heap, 8 * MIB);
    assertFlat(rests, "direct memory", Held::direct, 4 * MIB);
    assertFlat(rests, "descriptors", Held::descriptors, 20);
    assertFlat(rests, "threads", Held::threads, 10);
  }

  private RunningGateway gateway(String name, SoakUpstream upstream, Map<String, String> protocol)
      throws IOException {
    Path data = Files.createDirectory(folder.resolve(name));
    writeKeys(data, 0);
    Map<String, String> variables = new HashMap<>(protocol);
    variables.put("UPSTREAM_RETRY_ON", "503,1302");
    variables.put("UPSTREAM_IDLE_TIMEOUT_MS", "5000");
    variables.put("CLIENT_HEADER_TIMEOUT_MS", "5000");
    variables.put("CLIENT_IDLE_TIMEOUT_MS", "5000");
    return RunningGateway.start(data, upstream.base(), upstream.base(), variables);
  }

  private long sum(ToLongFunction<SoakTally> figure) {
    return tallies.stream().mapToLong(figure).sum();
  }

  /**
   * Waits until nobody is served or connected, and the upstream has no other connections than those
   * that are kept for the next call. Returns how many these are.
   */
  private static int awaitRest(SoakUpstream upstream, RunningGateway... gateways) throws Exception {
    int[] kept = {0};
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          kept[0] = 0;
          for (RunningGateway gateway : gateways) {
            gateway.awaitIdle();
            ScrapedMetrics page =
                ScrapedMetrics.parse(Http.get(gateway.managementUri("/metrics")).body());
            assertThat(page.value("tallygate_client_connections")).isZero();
            assertThat(page.value("tallygate_upstream_connections", "state", "busy")).isZero();
            assertThat(page.value("tallygate_reservation_difference_tokens")).isZero();
            kept[0] += (int) page.value("tallygate_upstream_connections", "state", "idle");
          }
          assertThat(upstream.connections()).isEqualTo(kept[0]);
        });
    return kept[0];
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

  private void round(RunningGateway open, RunningGateway closed, SSLContext trusting, int number)
      throws Exception {
    long end = System.nanoTime() + ROUND.toNanos();
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < CLIENTS; c++) {
      int kind = c % 3;
      SplittableRandom random = new SplittableRandom(1_000L * number + c);
      clients.add(
          Thread.ofVirtual()
              .start(() -> {
                while (System.nanoTime() < end) {
                  switch (kind) {
                    case 0 -> http1(() -> RawClient.connect(open.uri("/")), random, plain, end);
                    case 1 ->
                        http1(() -> RawClient.connect(closed.uri("/"), trusting), random, tls, end);
                    default -> http2(closed, trusting, random, end);
                  }
                }
              }));
    }
    writeKeys(folder.resolve("plain"), number);
    writeKeys(folder.resolve("tls"), number);
    for (Thread client : clients) {
      assertThat(client.join(Duration.ofSeconds(60))).isTrue();
    }
  }

  /** Connects a client. */
  private interface Connector {
    RawClient connect() throws IOException;
  }

  private static void http1(
      Connector connector, SplittableRandom random, SoakTally tally, long end) {
    try (RawClient client = connector.connect()) {
      client.patience(PATIENCE);
      SoakHttp1 connection = new SoakHttp1(client, random, tally);
      take(connection::call, connection, tally, end);
    } catch (IOException | RuntimeException e) {
      tally.failed("connecting or closing", e);
    }
  }

  private void http2(
      RunningGateway gateway, SSLContext trusting, SplittableRandom random, long end) {
    try (RawHttp2 client = RawHttp2.connect(gateway.gateway().port(), trusting)) {
      client.patience(PATIENCE);
      SoakHttp2 connection = new SoakHttp2(client, random, http2);
      take(connection::calls, connection, http2, end);
    } catch (IOException | RuntimeException e) {
      http2.failed("connecting or closing", e);
    }
  }

  /** Some turns on one connection, until it ends or breaks. */
  private static void take(Turn turn, Object connection, SoakTally tally, long end) {
    try {
      boolean goesOn = true;
      for (int i = 0; goesOn && i < TURNS && System.nanoTime() < end; i++) {
        goesOn = turn.take();
      }
    } catch (IOException | RuntimeException e) {
      tally.failed(connection.toString(), e);
    }
  }

  /** As an operator edits it: a limit changes with each round. */
  private static void writeKeys(Path data, int round) throws IOException {
    List<KeyFiles.Entry> keys = new ArrayList<>();
    for (int k = 0; k < SoakCall.KEYS; k++) {
      keys.add(
          KeyFiles.key("pk_soak_" + k)
              .id("soak" + k)
              .model("glm-4.7")
              .limit(1_000_000_000 + round));
    }
    Path next = Files.createDirectories(data.resolve("next"));
    KeyFiles.in(next).write(keys.toArray(KeyFiles.Entry[]::new));
    Files.move(
        next.resolve("apikeys.json"), data.resolve("apikeys.json"), StandardCopyOption.ATOMIC_MOVE);
  }
}
