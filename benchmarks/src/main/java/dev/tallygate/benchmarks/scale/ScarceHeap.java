package dev.tallygate.benchmarks.scale;

import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** More keys than the heap has room for. */
final class ScarceHeap {
  private static final String HEAP = "-Xmx384m";
  private static final int PATIENCE_SECONDS = 300;
  private static final Pattern ADVICE = Pattern.compile("WARN .*(TALLYGATE_JAVA_OPTS=-Xmx\\w+)");

  private ScarceHeap() {}

  static Finding run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = ManyKeys.write(lab);
    Path log = keys.folder().resolve("gateway.log");
    long began = System.nanoTime();
    Process gateway =
        lab.start(
            List.of(lab.program(), "serve"),
            log,
            Map.of(
                "HOST",
                "127.0.0.1",
                "PORT",
                "0",
                "MANAGEMENT_PORT",
                "0",
                "DATA_FILE",
                keys.path().toString(),
                "TALLYGATE_JAVA_OPTS",
                HEAP));
    boolean ended = gateway.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    double seconds = (System.nanoTime() - began) / 1e9;
    Lab.end(gateway);
    String text = Files.readString(log);
    Matcher advice = ADVICE.matcher(text);
    boolean told = advice.find() && text.contains("OutOfMemoryError");
    return new Finding(
        "a heap too small for the keys: the gateway ends by itself, and says what to do",
        String.format("the same file with `%s`", HEAP),
        ended && gateway.exitValue() != 0 && told,
        ended
            ? String.format(
                "ended with %d after %.1f s; %s",
                gateway.exitValue(), seconds, told ? "told: " + advice.group(1) : "nothing told")
            : String.format("still there after %.0f s", seconds));
  }
}
