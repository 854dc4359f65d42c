package dev.tallygate.benchmarks.acceptance;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** 100, 500 and 1,000 clients at once. */
final class ConcurrentClients {
  private static final int[] CROWDS = {100, 500, 1_000};
  private static final int ROUNDS = 7;
  private static final double MOST_MILLIS = 50;
  private static final int WARM_KEYS = 1_000;
  private static final Duration WARM_UP = Duration.ofSeconds(40);
  private static final Duration SUSTAINED = Duration.ofSeconds(15);

  private ConcurrentClients() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    List<Finding> findings = new ArrayList<>();
    try (CannedUpstream upstream = new CannedUpstream()) {
      for (int clients : CROWDS) {
        findings.add(justStarted(lab, upstream, clients));
      }
      int coldKeys = 0;
      for (int clients : CROWDS) {
        coldKeys += ROUNDS * clients;
      }
      KeyFile keys = KeyFile.write(lab.newFolder(), WARM_KEYS + coldKeys);
      Map<String, String> room = Map.of("CACHE_MAX_SIZE", "100000");
      try (LiveGateway gateway = LiveGateway.start(lab, keys, upstream, room)) {
        int port = gateway.port();
        Load.sustained(
            port, 64, WARM_UP, Duration.ZERO, (client, number) -> warmCall(number * 64 + client));
        int nextCold = WARM_KEYS;
        for (int clients : CROWDS) {
          findings.add(cold(port, clients, nextCold));
          findings.add(warm(port, clients));
          findings.add(sustained(port, clients));
          nextCold += ROUNDS * clients;
        }
      }
    }
    return findings;
  }

  private static Load.Call warmCall(int number) {
    return Load.Call.ok(Requests.chat(KeyFile.key(number % WARM_KEYS)));
  }

  private static Finding justStarted(Lab lab, CannedUpstream upstream, int clients)
      throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), clients);
    try (LiveGateway gateway = LiveGateway.start(lab, keys, upstream, Map.of())) {
      Load.Result result =
          Load.together(gateway.port(), clients, client -> Requests.chat(KeyFile.key(client)));
      return new Finding(
          String.format(
              "%,d clients at once, the first calls after the start: no failure", clients),
          "each its own key and connection, one call, all sent on one signal; times from the"
              + " signal to the last byte. Neither the cache nor the JVM is warm: no limit on the"
              + " time",
          result.failures().isEmpty(),
          Failures.text(result.failures()) + "; " + result.times().text());
    }
  }

  private static Finding cold(int port, int clients, int firstKey)
      throws IOException, InterruptedException {
    List<Load.Result> rounds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      int from = firstKey + round * clients;
      rounds.add(Load.together(port, clients, client -> Requests.chat(KeyFile.key(from + client))));
    }
    return finding(
        rounds,
        String.format("%,d clients at once, cold cache: no failure, mean < 50 ms", clients),
        "the same after 40 s of other load, " + ROUNDS + " rounds, in each with keys never seen");
  }

  private static Finding warm(int port, int clients) throws IOException, InterruptedException {
    List<Load.Result> rounds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      rounds.add(Load.together(port, clients, client -> Requests.chat(KeyFile.key(client))));
    }
    return finding(
        rounds,
        String.format("%,d clients at once, warm cache: no failure, mean < 50 ms", clients),
        "the same with keys that are in memory");
  }

  private static Finding sustained(int port, int clients) throws IOException, InterruptedException {
    Load.Result result =
        Load.sustained(
            port, clients, SUSTAINED, Duration.ofSeconds(1), (client, number) -> warmCall(client));
    return finding(
        List.of(result),
        String.format("%,d clients, each a call a second: no failure, mean < 50 ms", clients),
        "for " + SUSTAINED.toSeconds() + " s, not in step; times from send to last byte");
  }

  private static Finding finding(List<Load.Result> rounds, String criterion, String how) {
    List<String> failures = rounds.stream().flatMap(r -> r.failures().stream()).toList();
    Times times = Times.merge(rounds.stream().map(Load.Result::times).toList());
    return new Finding(
        criterion,
        how,
        failures.isEmpty() && times.meanMillis() < MOST_MILLIS,
        String.format("%,d calls, %s; %s", times.count(), Failures.text(failures), times.text()));
  }
}
