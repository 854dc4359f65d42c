package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.harness.Lab;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What the threads of a JVM have allocated since they began, as {@code jcmd} tells. */
final class Allocation {
  private static final Pattern ALLOCATED = Pattern.compile("allocated=(\\d+)([BKMG])");

  private Allocation() {}

  /** In bytes. Large counts come in units of 1,024 or 1,048,576 bytes, each thread's by itself. */
  static long bytes(Lab lab, Server server) throws IOException, InterruptedException {
    String threads =
        lab.run(List.of("jcmd", Long.toString(server.pid()), "Thread.print", "-e"), 30, Map.of());
    return ALLOCATED.matcher(threads).results().mapToLong(Allocation::bytes).sum();
  }

  private static long bytes(MatchResult count) {
    int shift = 10 * "BKMG".indexOf(count.group(2));
    return Long.parseLong(count.group(1)) << shift;
  }
}
