package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code ./tallygate serve} as a process of its own. Only where it listens, where its files are and
 * what it calls differs from its defaults, and what a trial says.
 */
public final class LiveGateway implements AutoCloseable {
  public static final String MASTER_KEY = "trial-master-key";

  private static final Pattern LISTENING =
      Pattern.compile("Tallygate is listening .*port=(\\d+)\\R");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Lab lab;
  private final KeyFile keys;
  private final Process process;
  private final int port;

  private LiveGateway(Lab lab, KeyFile keys, Process process, int port) {
    this.lab = lab;
    this.keys = keys;
    this.process = process;
    this.port = port;
  }

  /** Starts one before {@link CannedUpstream}; it listens when this returns. */
  public static LiveGateway start(
      Lab lab, KeyFile keys, CannedUpstream upstream, Map<String, String> settings)
      throws IOException, InterruptedException {
    return start(lab, keys, upstream, settings, PATIENCE);
  }

  /**
   * The same.
   *
   * @param patience how long it may take until it listens
   */
  public static LiveGateway start(
      Lab lab,
      KeyFile keys,
      CannedUpstream upstream,
      Map<String, String> settings,
      Duration patience)
      throws IOException, InterruptedException {
    return start(lab, keys, upstream.base(), upstream.base(), settings, patience);
  }

  public static LiveGateway start(
      Lab lab, KeyFile keys, URI openAiBase, URI anthropicBase, Map<String, String> settings)
      throws IOException, InterruptedException {
    return start(lab, keys, openAiBase, anthropicBase, settings, PATIENCE);
  }

  private static LiveGateway start(
      Lab lab,
      KeyFile keys,
      URI openAiBase,
      URI anthropicBase,
      Map<String, String> settings,
      Duration patience)
      throws IOException, InterruptedException {
    Map<String, String> environment = new HashMap<>();
    environment.put("HOST", "127.0.0.1");
    environment.put("PORT", "0");
    environment.put("MANAGEMENT_PORT", "0");
    environment.put("ZAI_API_KEY", MASTER_KEY);
    environment.put("DATA_FILE", keys.path().toString());
    environment.put("OPENAI_UPSTREAM_URL", openAiBase.toString());
    environment.put("ANTHROPIC_UPSTREAM_URL", anthropicBase.toString());
    environment.putAll(settings);
    Path log = keys.path().resolveSibling("gateway.log");
    Process process = lab.start(List.of(lab.program(), "serve"), log, environment);
    long began = System.nanoTime();
    while (process.isAlive() && System.nanoTime() - began < patience.toNanos()) {
      Matcher line = LISTENING.matcher(Files.readString(log));
      if (line.find()) {
        return new LiveGateway(lab, keys, process, Integer.parseInt(line.group(1)));
      }
      Thread.sleep(20);
    }
    throw new IOException("the gateway did not start: " + Files.readString(log));
  }

  public int port() {
    return port;
  }

  /** Its process; the launcher has become the gateway. */
  public long pid() {
    return process.pid();
  }

  /** What {@code GET /cache-stats} says. Asking is a look-up too, and counted in the answer. */
  public CacheReport cacheStats(String key) throws IOException {
    return CacheReport.of(get("/cache-stats", key));
  }

  /** A {@code GET} that must succeed. */
  public JsonNode get(String path, String key) throws IOException {
    try (Connection connection = new Connection(port)) {
      Answer answer = connection.call(Requests.get(path, key));
      if (answer.status() != 200) {
        throw new IOException(path + " answered " + answer.status() + ": " + answer.text());
      }
      return JsonMapper.shared().readTree(answer.text());
    }
  }

  /** Tokens and requests on record, by the key's id, as {@code tallygate usage} reports them. */
  public Map<String, Recorded> recorded() throws IOException, InterruptedException {
    String report =
        lab.run(
            List.of(lab.program(), "usage", "--by", "key", "--format", "json"),
            60,
            Map.of("DATA_FILE", keys.path().toString()));
    Map<String, Recorded> byKey = new TreeMap<>();
    for (JsonNode row : JsonMapper.shared().readTree(report)) {
      byKey.put(
          row.path("key").asString(""),
          new Recorded(row.path("requests").longValue(), row.path("total").longValue()));
    }
    return byKey;
  }

  @Override
  public void close() {
    Lab.end(process);
  }
}
