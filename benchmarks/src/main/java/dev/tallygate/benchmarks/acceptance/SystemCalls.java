package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The system calls about one file that strace sees a process make, in all its threads: those by the
 * file's path, and those on a descriptor of it.
 */
final class SystemCalls {
  /** A call's first line; one that was interrupted goes on in a line of another form. */
  private static final Pattern CALL = Pattern.compile("^(\\d+) +(\\w+)\\(");

  /** Threads of the gateway that look at or write the key file whether anybody calls or not. */
  private static final Set<String> BACKGROUND = Set.of("key-file-watch", "usage-mirror");

  private static final int LOOKS = 500;

  private final long pid;
  private final Process strace;
  private final Path output;

  private SystemCalls(long pid, Process strace, Path output) {
    this.pid = pid;
    this.strace = strace;
    this.output = output;
  }

  /**
   * What was counted.
   *
   * @param lookups by the threads that look keys up, by name
   * @param background by the watch over the file and the mirror of usage
   */
  record Counted(Map<String, Integer> lookups, int background) {
    int inLookups() {
      return lookups.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  /** Begins to count; attached when this returns. */
  static SystemCalls start(Lab lab, LiveGateway gateway, KeyFile keys)
      throws IOException, InterruptedException {
    Path output = keys.path().resolveSibling("strace.out");
    Path messages = keys.path().resolveSibling("strace.messages");
    List<String> command =
        List.of(
            "strace",
            "-f",
            "-p",
            Long.toString(gateway.pid()),
            "-P",
            keys.path().toString(),
            "-o",
            output.toString());
    Process process = lab.start(command, messages, Map.of());
    for (int look = 0; look < LOOKS && process.isAlive(); look++) {
      if (Files.readString(messages).toLowerCase(Locale.ROOT).contains("attached")) {
        return new SystemCalls(gateway.pid(), process, output);
      }
      Thread.sleep(20);
    }
    throw new IOException("strace does not attach: " + Files.readString(messages));
  }

  /** Ends counting. The threads must be there still, since their names tell what they do. */
  Counted stop() throws IOException {
    Lab.end(strace);
    Map<String, Integer> lookups = new TreeMap<>();
    int background = 0;
    for (String line : Files.readAllLines(output)) {
      Matcher call = CALL.matcher(line);
      if (call.find()) {
        if (BACKGROUND.contains(threadName(call.group(1)))) {
          background++;
        } else {
          lookups.merge(call.group(2), 1, Integer::sum);
        }
      }
    }
    return new Counted(lookups, background);
  }

  private String threadName(String tid) throws IOException {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/task/" + tid + "/comm")).strip();
    } catch (NoSuchFileException ended) {
      return "ended";
    }
  }
}
