package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.harness.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks gateways and the upstream what they have counted. */
final class Meter {
  private static final Pattern STATUS = Pattern.compile("requests\\s+\\d+ \\d+ (\\d+)");

  private final Lab lab;
  private final Launcher launcher;
  private final Probe probe;
  private final Server upstream;
  private final Path program;

  /**
   * @param program the launcher of Tallygate
   */
  Meter(Lab lab, Launcher launcher, Probe probe, Server upstream, Path program) {
    this.lab = lab;
    this.launcher = launcher;
    this.probe = probe;
    this.upstream = upstream;
    this.program = program;
  }

  /** Tokens on record. */
  record Tokens(long exact, long estimated) {
    Tokens minus(Tokens before) {
      return new Tokens(exact - before.exact, estimated - before.estimated);
    }
  }

  static boolean counts(Contender contender) {
    return contender.isTallygate()
        || contender == Contender.NGINX_LUA_COUNT
        || contender == Contender.PREDECESSOR_LIKE;
  }

  /** What a gateway that counts has on record, while it runs and is at rest. */
  Tokens tokens(Gateway gateway) throws IOException, InterruptedException {
    return switch (gateway.contender()) {
      case NGINX_LUA_COUNT ->
          new Tokens(Long.parseLong(probe.get(gateway.server(), "/counted").strip()), 0);
      case PREDECESSOR_LIKE -> keyFile(gateway.contender());
      default -> ledger(gateway);
    };
  }

  private Tokens keyFile(Contender contender) throws IOException {
    long total = 0;
    String text = Files.readString(launcher.keyFile(contender));
    for (JsonNode key : JsonMapper.shared().readTree(text).path("keys")) {
      total += key.path("total_lifetime_tokens").longValue(0);
    }
    return new Tokens(total, 0);
  }

  private Tokens ledger(Gateway gateway) throws IOException, InterruptedException {
    String report =
        lab.run(
            List.of(program.toString(), "usage", "--by", "model", "--format", "json"),
            30,
            Map.of("DATA_FILE", launcher.keyFile(gateway.contender()).toString()));
    long total = 0;
    long estimated = 0;
    for (JsonNode row : JsonMapper.shared().readTree(report)) {
      total += row.path("total").longValue();
      estimated += row.path("estimated").longValue();
    }
    return new Tokens(total - estimated, estimated);
  }

  /** Requests that the upstream has begun to read, this question among them. */
  long upstreamRequests() throws IOException, InterruptedException {
    String status = probe.get(upstream, "/status");
    return STATUS
        .matcher(status)
        .results()
        .map(MatchResult::group)
        .findFirst()
        .map(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .orElseThrow(() -> new IOException("the upstream does not tell its requests: " + status));
  }
}
