package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.usage.Golden;
import dev.tallygate.usage.UsageExtractor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Replays the golden transcripts through the whole gateway: the client gets the same bytes, less
 * the chunk that the gateway asked for and the client did not, and {@code /stats} the same usage,
 * however the answer was cut into reads. Where the upstream does not say what was used in the end,
 * something is charged all the same.
 *
 * <p>Over sockets, one transcript of each format is cut at every byte and the others at every
 * {@value #STEP}th; all of them at every byte are in {@link
 * dev.tallygate.usage.GoldenTranscriptTest}, without sockets.
 */
@Tag("transport")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenRelayTest {
  private static final int STEP = 23;
  private static final int LANES = 8;
  private static final List<String> AT_EVERY_BYTE =
      List.of(
          "openai-usage-chunk.sse",
          "responses-incomplete.sse",
          "anthropic-zeros-first.sse",
          "openai-chat.json");

  private final Map<String, PacedAnswer> answers = new ConcurrentHashMap<>();
  private FakeUpstream upstream;
  private RunningGateway gateway;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    KeyFiles.in(folder)
        .write(
            all().stream()
                .map(golden -> KeyFiles.key(key(golden)).model("*").limit(1_000_000_000))
                .toArray(KeyFiles.Entry[]::new));
    upstream = FakeUpstream.start();
    upstream.always(connection -> {
      String id = connection.request().header("x-answer");
      Objects.requireNonNull(answers.remove(id), id).play(connection);
    });
    gateway = RunningGateway.start(folder, upstream, Map.of());
  }

  @AfterAll
  void stop() throws Exception {
    gateway.close();
    upstream.close();
  }

  static List<Golden> all() {
    List<Golden> all = new ArrayList<>(Golden.STREAMS);
    all.addAll(Golden.DOCUMENTS);
    return all;
  }

  @ParameterizedTest
  @EnumSource(PacedAnswer.Framing.class)
  void all_sentWhole(PacedAnswer.Framing framing) throws Exception {
    for (Golden golden : all()) {
      for (boolean hiding : hidings(golden)) {
        replay(golden, hiding, framing, List.of(List.of()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void each_sentByteByByte(Golden golden) throws Exception {
    boolean hiding = hidings(golden).getFirst();
    IntStream everywhere = IntStream.range(1, golden.bytes().length);
    replay(golden, hiding, PacedAnswer.Framing.CHUNKED, List.of(cuts(golden, hiding, everywhere)));
  }

  @ParameterizedTest
  @MethodSource("all")
  void each_splitInTwo(Golden golden) throws Exception {
    boolean everywhere = AT_EVERY_BYTE.contains(golden.file());
    for (boolean hiding : hidings(golden)) {
      int step = everywhere && hiding == hidings(golden).getFirst() ? 1 : STEP;
      IntStream positions = IntStream.iterate(0, at -> at < golden.bytes().length, at -> at + step);
      List<List<PacedAnswer.Cut>> splits =
          cuts(golden, hiding, positions).stream().map(List::of).toList();
      replay(
          golden,
          hiding,
          isStream(golden) ? PacedAnswer.Framing.CHUNKED : PacedAnswer.Framing.LENGTH,
          splits);
    }
  }

  /** One call for each list of cuts, on a few connections; checks bytes and usage. */
  private void replay(
      Golden golden, boolean hiding, PacedAnswer.Framing framing, List<List<PacedAnswer.Cut>> calls)
      throws Exception {
    long before = used(golden);
    int lanes = Math.min(LANES, calls.size());
    List<Future<?>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int lane = 0; lane < lanes; lane++) {
        int first = lane;
        running.add(
            threads.submit(() -> {
              try (RawClient client = RawClient.connect(gateway.uri("/"))) {
                for (int i = first; i < calls.size(); i += lanes) {
                  call(client, golden, hiding, framing, calls.get(i));
                }
              }
              return null;
            }));
      }
    }
    for (Future<?> lane : running) {
      lane.get();
    }
    long each = golden.usage() == null ? 0 : golden.usage().total();
    long charged = used(golden) - before;
    if (isEstimated(golden)) {
      assertThat(charged)
          .as("usage of %s", golden)
          .isGreaterThanOrEqualTo(calls.size() * Math.max(1, each));
    } else {
      assertThat(charged).as("usage of %s", golden).isEqualTo(calls.size() * each);
    }
  }

  /** Whether the stream said something, but not what it used in the end. */
  private static boolean isEstimated(Golden golden) {
    if (!isStream(golden)) {
      return false;
    }
    UsageExtractor extractor = UsageExtractor.forEventStream(golden.format(), false);
    extractor.read(ByteBuffer.wrap(golden.bytes()));
    return !extractor.isFinal() && extractor.outputBytes() > 0;
  }

  private void call(
      RawClient client,
      Golden golden,
      boolean hiding,
      PacedAnswer.Framing framing,
      List<PacedAnswer.Cut> cuts)
      throws Exception {
    int status = golden.file().equals("openai-error.json") ? 429 : 200;
    String type = isStream(golden) ? "text/event-stream" : "application/json";
    PacedAnswer answer = PacedAnswer.of(status, type, golden.bytes(), framing, cuts);
    String id = golden + "-" + System.identityHashCode(answer) + "-" + cuts.hashCode();
    answers.put(id, answer);
    boolean lookUp = golden.file().equals("openai-models.json");
    client.request(
        lookUp ? "GET" : "POST",
        path(golden),
        lookUp ? "" : body(golden, hiding),
        "Authorization: Bearer " + key(golden),
        "Content-Type: application/json",
        "x-answer: " + id);
    RawResponse response = answer.readBy(client);
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.header("content-type")).isEqualTo(type);
    assertThat(response.body())
        .as("%s cut at %s", golden, cuts)
        .isEqualTo(hiding ? golden.hidden() : golden.bytes());
  }

  private static List<PacedAnswer.Cut> cuts(Golden golden, boolean hiding, IntStream positions) {
    return positions
        .mapToObj(
            at -> new PacedAnswer.Cut(at, isStream(golden) ? passedOn(golden, hiding, at) : at))
        .toList();
  }

  /**
   * How much of the first bytes is not held back, because their event may be the one to be hidden
   * or because they complete the stream.
   */
  private static int passedOn(Golden golden, boolean hiding, int sent) {
    UsageExtractor extractor = UsageExtractor.forEventStream(golden.format(), hiding);
    int forwarded = extractor.read(ByteBuffer.wrap(golden.bytes(), 0, sent)).remaining();
    return forwarded - extractor.endingBytes();
  }

  /**
   * Whether the usage chunk is to be hidden; both, the first the harder, where that depends on what
   * the client asks for.
   */
  private static List<Boolean> hidings(Golden golden) {
    return isStream(golden) && path(golden).endsWith("completions")
        ? List.of(true, false)
        : List.of(false);
  }

  private static String body(Golden golden, boolean hiding) {
    String stream = isStream(golden) ? ",\"stream\":true" : "";
    boolean asks = !stream.isEmpty() && !hiding && path(golden).endsWith("completions");
    String options = asks ? ",\"stream_options\":{\"include_usage\":true}" : "";
    return "{\"model\":\"glm-4.7\",\"messages\":[]" + stream + options + "}";
  }

  private static String path(Golden golden) {
    return switch (golden.file()) {
      case "openai-completions.sse" -> "/v1/completions";
      case "openai-embeddings.json" -> "/v1/embeddings";
      case "openai-models.json" -> "/v1/models";
      case "anthropic-count-tokens.json" -> "/v1/messages/count_tokens";
      case String file when file.startsWith("responses") -> "/v1/responses";
      default -> golden.format() == ApiFormat.ANTHROPIC ? "/v1/messages" : "/v1/chat/completions";
    };
  }

  private static boolean isStream(Golden golden) {
    return golden.file().endsWith(".sse");
  }

  private static String key(Golden golden) {
    return "pk_" + golden;
  }

  private long used(Golden golden) throws Exception {
    return Http.get(gateway.uri("/stats"), "x-api-key", key(golden))
        .json()
        .at("/current_usage/tokens_used_in_current_window")
        .asLong(-1);
  }
}
