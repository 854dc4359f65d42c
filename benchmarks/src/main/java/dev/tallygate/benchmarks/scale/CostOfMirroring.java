package dev.tallygate.benchmarks.scale;

import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Load;
import dev.tallygate.benchmarks.harness.ProcFiles;
import dev.tallygate.benchmarks.harness.Requests;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What it costs to show usage in a big key file: a gateway with a call a second beside itself. */
final class CostOfMirroring {
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration TIME = Duration.ofSeconds(20);
  private static final int RUNS = 3;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final double MOST_CPU_MILLIS = 100;

  private CostOfMirroring() {}

  /** In a second: CPU in ms, bytes written. */
  private record Cost(double cpuMillis, double bytes) {}

  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  static Finding run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), EditsOfABigFile.KEYS);
    try (CannedUpstream upstream = new CannedUpstream();
        LiveGateway gateway = LiveGateway.start(lab, keys, upstream, Map.of())) {
      List<String> failures = new ArrayList<>(callASecond(gateway, WARM_UP).failures());
      Cost called = median(gateway, () -> failures.addAll(callASecond(gateway, TIME).failures()));
      // What is still to be mirrored is written before the gateway is idle.
      Thread.sleep(WARM_UP);
      Cost idle = median(gateway, () -> Thread.sleep(TIME));
      double more = called.cpuMillis() - idle.cpuMillis();
      return new Finding(
          "the same: mirroring usage into the file takes < a tenth of a core, by the difference that a"
              + " call a second makes",
          String.format(
              "CPU and `write_bytes` of the gateway in a second: the medians, by CPU, of %d runs of %d"
                  + " s with a call a second and of as many without any; default settings",
              RUNS, TIME.toSeconds()),
          more < MOST_CPU_MILLIS && failures.isEmpty(),
          String.format(
              "%.0f ms of CPU more: %.0f ms and %.1f MB a second with calls, %.0f and %.1f without; %s",
              more,
              called.cpuMillis(),
              called.bytes() / 1e6,
              idle.cpuMillis(),
              idle.bytes() / 1e6,
              Failures.text(failures)));
    }
  }

  private static Load.Result callASecond(LiveGateway gateway, Duration time)
      throws IOException, InterruptedException {
    return Load.sustained(
        gateway.port(),
        1,
        time,
        SECOND,
        (client, number) ->
            Load.Call.ok(Requests.chat(KeyFile.key(number * 997 % EditsOfABigFile.KEYS))));
  }

  private static Cost median(LiveGateway gateway, Work work)
      throws IOException, InterruptedException {
    List<Cost> costs = new ArrayList<>();
    for (int run = 0; run < RUNS; run++) {
      costs.add(cost(gateway, work));
    }
    costs.sort(Comparator.comparingDouble(Cost::cpuMillis));
    return costs.get(RUNS / 2);
  }

  private static Cost cost(LiveGateway gateway, Work work)
      throws IOException, InterruptedException {
    long cpu = ProcFiles.cpuMicros(gateway.pid());
    long written = ProcFiles.writtenBytes(gateway.pid());
    long began = System.nanoTime();
    work.run();
    double seconds = (System.nanoTime() - began) / 1e9;
    return new Cost(
        (ProcFiles.cpuMicros(gateway.pid()) - cpu) / 1e3 / seconds,
        (ProcFiles.writtenBytes(gateway.pid()) - written) / seconds);
  }
}
