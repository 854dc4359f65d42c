package dev.tallygate.benchmarks.scale;

import dev.tallygate.benchmarks.harness.Answer;
import dev.tallygate.benchmarks.harness.CannedUpstream;
import dev.tallygate.benchmarks.harness.Connection;
import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Requests;
import dev.tallygate.benchmarks.harness.Times;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** How soon an edit of a big key file takes effect, while usage is mirrored into it. */
final class EditsOfABigFile {
  static final int KEYS = 100_000;

  private static final int EDITS = 12;
  private static final Duration LOOK = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MOST_SECONDS = 2;

  private EditsOfABigFile() {}

  static Finding run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    SplittableRandom random = new SplittableRandom(KEYS);
    long[] nanos = new long[EDITS];
    int unseen = 0;
    List<String> failures = new ArrayList<>();
    try (CannedUpstream upstream = new CannedUpstream();
        LiveGateway gateway = LiveGateway.start(lab, keys, upstream, Map.of());
        Connection connection = new Connection(gateway.port())) {
      for (int edit = 0; edit < EDITS; edit++) {
        String key = KeyFile.key((1 + edit) * KEYS / (EDITS + 2));
        expect(connection, key, 200);
        // Anywhere between two looks at the file and two writes into it.
        Thread.sleep(1_000 + random.nextInt(2_000));
        keys.edit(key, "expiry_date", "\"2020-01-01T00:00:00Z\"", edit % 2 == 0);
        nanos[edit] = untilRefused(connection, key, failures);
        unseen += nanos[edit] < PATIENCE.toNanos() ? 0 : 1;
      }
    }
    Times times = Times.of(nanos);
    return new Finding(
        "100,000 keys: an edit of one takes effect within 2 s",
        String.format(
            "%d edits of a file of %,d MB, each expires another key, in place and by rename in turn;"
                + " from the end of the write to the first 403, with a call every %d ms, whose usage"
                + " is mirrored into the file meanwhile",
            EDITS, Files.size(keys.path()) / 1_000_000, LOOK.toMillis()),
        unseen == 0 && failures.isEmpty() && times.millis(1) < 1_000 * MOST_SECONDS,
        (unseen > 0
                ? String.format("%d edits not seen within %d s", unseen, PATIENCE.toSeconds())
                : String.format(
                    "median %.2f s, longest %.2f", times.millis(0.5) / 1e3, times.millis(1) / 1e3))
            + "; "
            + Failures.text(failures));
  }

  private static void expect(Connection connection, String key, int status) throws IOException {
    int answered = connection.call(Requests.chat(key)).status();
    if (answered != status) {
      throw new IOException("a call with " + key + " was answered " + answered);
    }
  }

  /** Until then a call gets 200; another status is a failure. */
  private static long untilRefused(Connection connection, String key, List<String> failures)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    long took = 0;
    while (took < PATIENCE.toNanos()) {
      Answer answer = connection.call(Requests.chat(key));
      took = System.nanoTime() - began;
      if (answer.status() == 403) {
        break;
      }
      if (answer.status() != 200) {
        failures.add(answer.status() + " " + answer.text());
      }
      Thread.sleep(LOOK);
    }
    return took;
  }
}
