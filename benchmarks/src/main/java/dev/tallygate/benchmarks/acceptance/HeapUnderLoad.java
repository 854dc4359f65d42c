package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.HeapInUse;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Load;
import dev.tallygate.benchmarks.harness.Requests;
import java.io.IOException;
import java.time.Duration;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Memory of a gateway with 100 keys that is busy. */
final class HeapUnderLoad {
  private static final int CLIENTS = 64;
  private static final int KEYS = 100;
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final int COLLECTIONS = 10;
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final int MOST_MEGABYTES = 100;

  private HeapUnderLoad() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    HeapInUse heap = new HeapInUse(keys.folder());
    Map<String, String> logged = Map.of("TALLYGATE_JAVA_OPTS", heap.option());
    try (CannedUpstream upstream = new CannedUpstream();
        LiveGateway gateway = LiveGateway.start(lab, keys, upstream, logged);
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Callable<Integer> collector = () -> collect(lab, gateway);
      Future<Integer> collections = thread.submit(collector);
      Load.Result result =
          Load.sustained(
              gateway.port(),
              CLIENTS,
              TIME,
              Duration.ZERO,
              (client, number) ->
                  Load.Call.ok(Requests.chat(KeyFile.key((client + number) % KEYS))));
      int wanted = collections.get();
      return List.of(finding(result, heap.collections(), wanted));
    } catch (ExecutionException e) {
      throw new IOException("the heap could not be measured", e.getCause());
    }
  }

  /** How often it did. */
  private static int collect(Lab lab, LiveGateway gateway)
      throws IOException, InterruptedException {
    for (int collection = 0; collection < COLLECTIONS; collection++) {
      Thread.sleep(PAUSE);
      HeapInUse.collect(lab, gateway);
    }
    return COLLECTIONS;
  }

  private static Finding finding(
      Load.Result result, List<HeapInUse.Collection> collections, int wanted) {
    IntSummaryStatistics after =
        collections.stream().mapToInt(HeapInUse.Collection::after).summaryStatistics();
    IntSummaryStatistics before =
        collections.stream().mapToInt(HeapInUse.Collection::before).summaryStatistics();
    return new Finding(
        "heap < 100 MB with 100 keys under load",
        String.format(
            "%d clients, back to back, %d s; %d times within it `jcmd GC.run`, and what is in use"
                + " after each such collection by the JVM's own log (`-Xlog:gc`)",
            CLIENTS, TIME.toSeconds(), wanted),
        result.failures().isEmpty()
            && after.getCount() == wanted
            && after.getMax() < MOST_MEGABYTES,
        String.format(
            "%d–%d MB after %d collections (%d–%d MB before, garbage included); %,d calls, %s",
            after.getMin(),
            after.getMax(),
            after.getCount(),
            before.getMin(),
            before.getMax(),
            result.calls(),
            Failures.text(result.failures())));
  }
}
