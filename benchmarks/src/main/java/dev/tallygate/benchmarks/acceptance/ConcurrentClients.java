package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Load;
import dev.tallygate.benchmarks.harness.Requests;
import dev.tallygate.benchmarks.harness.Times;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** 100, 500 and 1,000 clients at once. */
final class ConcurrentClients {
  private static final int[] CROWDS = {100, 500, 1_000};

  /** By turns with keys in memory and with keys never seen; the first is not counted. */
  private static final int WAVES = 15;

  private static final int COLD_WAVES = WAVES / 2;
  private static final double MOST_MILLIS = 50;
  private static final int WARM_KEYS = 1_000;
  private static final Duration WARM_UP = Duration.ofSeconds(40);
  private static final Duration SUSTAINED = Duration.ofSeconds(10);

  private ConcurrentClients() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    List<Finding> findings = new ArrayList<>();
    try (CannedUpstream upstream = new CannedUpstream()) {
      for (int clients : CROWDS) {
        findings.add(justStarted(lab, upstream, clients));
      }
      int coldKeys = 0;
      for (int clients : CROWDS) {
        coldKeys += COLD_WAVES * clients;
      }
      KeyFile keys = KeyFile.write(lab.newFolder(), WARM_KEYS + coldKeys);
      Map<String, String> room = Map.of("CACHE_MAX_SIZE", "100000");
      try (LiveGateway gateway = LiveGateway.start(lab, keys, upstream, room)) {
        Load.sustained(
            gateway.port(),
            64,
            WARM_UP,
            Duration.ZERO,
            (client, number) -> Load.Call.ok(warm(number * 64 + client)));
        int nextCold = WARM_KEYS;
        for (int clients : CROWDS) {
          findings.addAll(waves(gateway, upstream, clients, nextCold));
          findings.add(sustained(gateway, clients));
          nextCold += COLD_WAVES * clients;
        }
      }
    }
    return findings;
  }

  private static String warm(int number) {
    return Requests.chat(KeyFile.key(number % WARM_KEYS));
  }

  private static Finding justStarted(Lab lab, CannedUpstream upstream, int clients)
      throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), clients);
    try (LiveGateway gateway = LiveGateway.start(lab, keys, upstream, Map.of())) {
      Waves wave = Waves.run(gateway.port(), clients, 1, (client, number) -> warm(client));
      return new Finding(
          String.format(
              "%,d clients at once, the first calls after the start: no failure", clients),
          "each with its own key and connection, all calls sent on one signal; times from the"
              + " signal to the last byte. Neither cache nor JVM is warm: no limit on the time",
          wave.failures().isEmpty(),
          Failures.text(wave.failures()) + "; " + wave.times(0, 1).text());
    }
  }

  private static List<Finding> waves(
      LiveGateway gateway, CannedUpstream upstream, int clients, int firstCold)
      throws IOException, InterruptedException {
    Times direct =
        Waves.run(upstream.base().getPort(), clients, WAVES, (client, wave) -> warm(client))
            .times(1, 1);
    Waves waves =
        Waves.run(
            gateway.port(),
            clients,
            WAVES,
            (client, wave) ->
                wave % 2 == 0
                    ? warm(client)
                    : Requests.chat(KeyFile.key(firstCold + wave / 2 * clients + client)));
    return List.of(
        finding(waves, "cold", waves.times(1, 2), direct),
        finding(waves, "warm", waves.times(2, 2), direct));
  }

  private static Finding finding(Waves waves, String cache, Times times, Times direct) {
    return new Finding(
        String.format(
            "%,d clients at once, %s cache: no failure, mean < 50 ms", waves.clients(), cache),
        "the same after 40 s of other load and a first wave, "
            + COLD_WAVES
            + (cache.equals("cold")
                ? " waves, in each with keys never seen"
                : " waves between those, with keys in memory"),
        waves.failures().isEmpty() && times.meanMillis() < MOST_MILLIS,
        String.format(
            "%,d calls, %s; %s; without a gateway mean %.1f ms",
            times.count(), Failures.text(waves.failures()), times.text(), direct.meanMillis()));
  }

  private static Finding sustained(LiveGateway gateway, int clients)
      throws IOException, InterruptedException {
    Load.Result result =
        Load.sustained(
            gateway.port(),
            clients,
            SUSTAINED,
            Duration.ofSeconds(1),
            (client, number) -> Load.Call.ok(warm(client)));
    return new Finding(
        String.format("%,d clients, each a call a second: no failure, mean < 50 ms", clients),
        "for " + SUSTAINED.toSeconds() + " s, not in step; times from send to last byte",
        result.failures().isEmpty() && result.times().meanMillis() < MOST_MILLIS,
        String.format(
            "%,d calls, %s; %s",
            result.calls(), Failures.text(result.failures()), result.times().text()));
  }
}
