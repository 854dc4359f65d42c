package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Load;
import dev.tallygate.benchmarks.harness.Recorded;
import dev.tallygate.benchmarks.harness.Requests;
import dev.tallygate.demo.Served;
import dev.tallygate.demo.SimulatedUpstream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Calls that are recorded and calls that are not, side by side, while the key file is edited. */
final class MixedCalls {
  private static final int CLIENTS = 64;
  private static final int KEYS = 40;
  private static final Duration TIME = Duration.ofSeconds(40);
  private static final int EDITS = 75;
  private static final Duration BETWEEN_EDITS = Duration.ofMillis(500);

  private static final String CHAT = "/v1/chat/completions";
  private static final String MESSAGES = "/v1/messages";

  private MixedCalls() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    Map<String, Recorded> received = new ConcurrentHashMap<>();
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    try (SimulatedUpstream upstream = SimulatedUpstream.start(LiveGateway.MASTER_KEY);
        LiveGateway gateway =
            LiveGateway.start(
                lab, keys, upstream.openAiBase(), upstream.anthropicBase(), Map.of())) {
      Editor editor = Editor.start(keys, EDITS, BETWEEN_EDITS);
      Load.Result result =
          Load.sustained(
              gateway.port(),
              CLIENTS,
              TIME,
              Duration.ZERO,
              (client, number) -> call(client, number, received));
      int lost = editor.lost(gateway);
      Served.Tokens served = upstream.served().total();
      return List.of(
          calls(result, served),
          recorded(gateway.recorded(), new TreeMap<>(received), served),
          shown(gateway, received, lost));
    }
  }

  private static Load.Call call(int client, int number, Map<String, Recorded> received) {
    String key = KeyFile.key((client + number) % KEYS);
    int kind = (client + 3 * number) % 6;
    return switch (kind) {
      case 0 -> Load.Call.ok(Requests.get("/stats", key));
      case 1 -> Load.Call.ok(Requests.get("/v1/models", key));
      default -> {
        String path = kind % 2 == 0 ? CHAT : MESSAGES;
        String body = body(path, kind >= 4, 1 + number % 40);
        yield new Load.Call(
            Requests.post(path, key, body),
            200,
            answer ->
                received.merge(key, new Recorded(1, ReceivedTokens.of(answer)), Recorded::plus));
      }
    };
  }

  private static String body(String path, boolean stream, int words) {
    String asked =
        stream
            ? "\"stream\":true,"
                + (path.equals(CHAT) ? "\"stream_options\":{\"include_usage\":true}," : "")
            : "";
    return "{%s\"model\":\"glm-4.7\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"words=%d\"}]}"
        .formatted(asked, words);
  }

  private static Finding calls(Load.Result result, Served.Tokens served) {
    return new Finding(
        "reads and recorded calls side by side: no failure",
        String.format(
            "%d clients, %d keys, %d s: `/stats` and models, which are not recorded, chat and"
                + " messages, plain and streamed, which are; %d edits of the key file",
            CLIENTS, KEYS, TIME.toSeconds(), EDITS),
        result.failures().isEmpty(),
        String.format(
            "%,d calls, %,d of them recorded, %s; %s",
            result.calls(),
            served.calls(),
            Failures.text(result.failures()),
            result.times().text()));
  }

  private static Finding recorded(
      Map<String, Recorded> recorded, Map<String, Recorded> received, Served.Tokens served) {
    long sum = recorded.values().stream().mapToLong(Recorded::tokens).sum();
    return new Finding(
        "recorded = served, for each key, to the token",
        "`tallygate usage --format json` beside the usage that clients were told, by key, and the"
            + " sum that the upstream counted",
        recorded.equals(received) && sum == served.charged(),
        String.format(
            "%,d tokens recorded, %,d received, %,d served; %d of %d keys equal",
            sum,
            received.values().stream().mapToLong(Recorded::tokens).sum(),
            served.charged(),
            received.entrySet().stream()
                .filter(e -> e.getValue().equals(recorded.get(e.getKey())))
                .count(),
            received.size()));
  }

  private static Finding shown(LiveGateway gateway, Map<String, Recorded> received, int lost)
      throws IOException {
    int wrong = 0;
    for (Map.Entry<String, Recorded> key : received.entrySet()) {
      long shown = gateway.get("/stats", key.getKey()).path("total_lifetime_tokens").longValue();
      wrong += shown == key.getValue().tokens() ? 0 : 1;
    }
    return new Finding(
        "`/stats` shows the same, and no edit of the key file is lost",
        "`total_lifetime_tokens` of each key; limits in `/stats` and in the file beside the edits,"
            + " half of them in place and half by rename",
        wrong == 0 && lost == 0,
        String.format("%d keys differ; %d of %d edits lost", wrong, lost, EDITS));
  }
}
