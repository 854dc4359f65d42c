package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.harness.Lab;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes load with wrk, one thread of it. */
final class Wrk {
  private static final String RESULT = "RESULT ";

  private final Lab lab;
  private final Path script;

  /**
   * @param script {@code load.lua}
   */
  Wrk(Lab lab, Path script) {
    this.lab = lab;
    this.script = script;
  }

  /**
   * What one run of wrk saw.
   *
   * @param calls answered whole, whatever their status
   * @param refused answered with another status than 2xx or 3xx
   * @param failed connections refused or broken, and calls timed out
   */
  record Result(
      long calls, double seconds, double p50Millis, double p99Millis, long refused, long failed) {
    long good() {
      return calls - refused;
    }
  }

  Result run(Gateway gateway, Scenario scenario, int seconds)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("wrk", "-t", "1", "--timeout", "10s"));
    command.addAll(List.of("-c", Integer.toString(scenario.connections())));
    command.addAll(List.of("-d", seconds + "s", "--latency", "-s", script.toString()));
    command.addAll(List.of("http://127.0.0.1:" + gateway.server().port(), "--"));
    command.addAll(List.of(gateway.path(scenario), scenario.stream() ? "stream" : "plain"));
    gateway.headers(scenario).forEach((name, value) -> command.add(name + ": " + value));
    return parse(lab.run(command, seconds + 30, Map.of()));
  }

  private static Result parse(String output) throws IOException {
    String line =
        output
            .lines()
            .filter(l -> l.startsWith(RESULT))
            .findFirst()
            .orElseThrow(() -> new IOException("wrk printed no result: " + output.strip()));
    String[] numbers = line.substring(RESULT.length()).split(" ", -1);
    return new Result(
        Long.parseLong(numbers[0]),
        Long.parseLong(numbers[1]) / 1e6,
        Long.parseLong(numbers[2]) / 1e3,
        Long.parseLong(numbers[3]) / 1e3,
        Long.parseLong(numbers[4]),
        Long.parseLong(numbers[5]));
  }
}
