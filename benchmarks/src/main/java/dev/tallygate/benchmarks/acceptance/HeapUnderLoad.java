package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.trial.CannedUpstream;
import dev.tallygate.benchmarks.trial.Failures;
import dev.tallygate.benchmarks.trial.Finding;
import dev.tallygate.benchmarks.trial.KeyFile;
import dev.tallygate.benchmarks.trial.Lab;
import dev.tallygate.benchmarks.trial.LiveGateway;
import dev.tallygate.benchmarks.trial.Load;
import dev.tallygate.benchmarks.trial.Requests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Memory of a gateway with 100 keys that is busy. */
final class HeapUnderLoad {
  private static final int CLIENTS = 64;
  private static final int KEYS = 100;
  private static final Duration TIME = Duration.ofSeconds(30);
  private static final int COLLECTIONS = 10;
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final int MOST_MEGABYTES = 100;

  /** A collection that {@code jcmd} asked for: in use before, after. */
  private static final Pattern FULL =
      Pattern.compile("Pause Full \\(Diagnostic Command\\) (\\d+)M->(\\d+)M\\(");

  private HeapUnderLoad() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    Path log = keys.path().resolveSibling("gc.log");
    Map<String, String> logged = Map.of("TALLYGATE_JAVA_OPTS", "-Xlog:gc:file=" + log);
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
      return List.of(finding(result, Files.readString(log), wanted));
    } catch (ExecutionException e) {
      throw new IOException("the heap could not be measured", e.getCause());
    }
  }

  /** How often it did. */
  private static int collect(Lab lab, LiveGateway gateway)
      throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    for (int collection = 0; collection < COLLECTIONS; collection++) {
      Thread.sleep(PAUSE);
      lab.run(List.of(jcmd, Long.toString(gateway.pid()), "GC.run"), 30, Map.of());
    }
    return COLLECTIONS;
  }

  private static Finding finding(Load.Result result, String log, int wanted) {
    List<MatchResult> full = FULL.matcher(log).results().toList();
    IntSummaryStatistics after =
        full.stream().mapToInt(r -> Integer.parseInt(r.group(2))).summaryStatistics();
    IntSummaryStatistics before =
        full.stream().mapToInt(r -> Integer.parseInt(r.group(1))).summaryStatistics();
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
