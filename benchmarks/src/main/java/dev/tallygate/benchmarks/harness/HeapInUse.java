package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What a gateway's heap holds, by its own log of collections that are asked for. */
public final class HeapInUse {
  /** A collection that {@code jcmd} asked for: in use before, after. */
  private static final Pattern FULL =
      Pattern.compile("Pause Full \\(Diagnostic Command\\) (\\d+)M->(\\d+)M\\(");

  private final Path log;

  /**
   * @param folder where the log goes
   */
  public HeapInUse(Path folder) {
    log = folder.resolve("gc.log");
  }

  /** In MB, around one collection. */
  public record Collection(int before, int after) {}

  /** What the gateway's JVM has to be started with. */
  public String option() {
    return "-Xlog:gc:file=" + log;
  }

  /** Asks for a collection. */
  public static void collect(Lab lab, LiveGateway gateway)
      throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    lab.run(List.of(jcmd, Long.toString(gateway.pid()), "GC.run"), 60, Map.of());
  }

  /** Those that were asked for. */
  public List<Collection> collections() throws IOException {
    return FULL.matcher(Files.readString(log))
        .results()
        .map(r -> new Collection(Integer.parseInt(r.group(1)), Integer.parseInt(r.group(2))))
        .toList();
  }
}
