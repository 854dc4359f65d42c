package dev.tallygate.blackbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.GatewaySecret;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Random keys by the ten thousand, while others work. */
class KeyFloodTest {
  private static final int KEYS = 50;
  private static final int FLOOD = 100_000;
  private static final int CONNECTIONS = 20;
  private static final int PIPELINED = 50;
  private static final long MAY_GROW_BYTES = 16L << 20;

  @TempDir Path folder;
  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    KeyFiles.Entry[] entries = new KeyFiles.Entry[KEYS];
    for (int i = 0; i < KEYS; i++) {
      entries[i] = KeyFiles.key(key(i));
    }
    KeyFiles.in(folder).write(entries);
    upstream = FakeUpstream.start().always(Answers.chatCompletion(1, 1));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private static String key(int number) {
    return "pk_valid_%05d".formatted(number);
  }

  @Test
  void unknownKeys_evictNobodyAndStayBounded() throws Exception {
    // As many places as keys: one entry more, and somebody would have to go.
    Map<String, String> exact = Map.of("CACHE_MAX_SIZE", Integer.toString(KEYS));
    AtomicBoolean over = new AtomicBoolean();
    try (RunningGateway gateway = RunningGateway.start(folder, upstream, exact);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < KEYS; i++) {
        assertThat(KeyCalls.chat(gateway, key(i)).status()).isEqualTo(200);
      }
      flood(gateway, 1_000, index -> "pk_warm_" + index);
      long heapBefore = heapInUse();

      Future<?> holders =
          threads.submit(() -> {
            for (int i = 0; !over.get(); i++) {
              assertThat(KeyCalls.chat(gateway, key(i % KEYS)).status()).isEqualTo(200);
            }
            return null;
          });
      long salt = new SplittableRandom().nextLong();
      flood(gateway, FLOOD, index -> "sk-" + Long.toHexString(salt ^ index * 0x9E3779B97F4A7C15L));
      over.set(true);
      holders.get();

      assertThat(heapInUse() - heapBefore).as("bytes more in use").isLessThan(MAY_GROW_BYTES);
      JsonNode after = KeyCalls.cacheStats(gateway, key(0));
      assertThat(after.path("size").asLong()).isEqualTo(KEYS);
      assertThat(after.path("evictions").asLong()).isZero();
      assertThat(after.path("loads").asLong()).isGreaterThanOrEqualTo(KEYS + FLOOD);
      for (int i = 0; i < KEYS; i++) {
        assertThat(KeyCalls.chat(gateway, key(i)).status()).isEqualTo(200);
      }
      JsonNode last = KeyCalls.cacheStats(gateway, key(0));
      assertThat(last.path("misses")).as("each was a hit").isEqualTo(after.path("misses"));
      assertThat(last.path("hits").asLong()).isEqualTo(after.path("hits").asLong() + KEYS + 1);
    }
  }

  @Test
  void mistypedKeys_neverReachTheCache() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of())) {
      JsonNode before = KeyCalls.cacheStats(gateway, key(0));
      String cutOff = "tg_0123456789abcdefghijABCDEFGHIJ";
      flood(gateway, 5_000, index -> cutOff + "%06d".formatted(index));
      JsonNode after = KeyCalls.cacheStats(gateway, key(0));
      assertThat(GatewaySecret.isMalformed(cutOff + "000000")).isTrue();
      for (String counter : List.of("misses", "loads", "negativeHits", "size")) {
        assertThat(after.path(counter)).as(counter).isEqualTo(before.path(counter));
      }
      assertThat(after.path("hits").asLong()).isEqualTo(before.path("hits").asLong() + 1);
    }
  }

  /** Presents so many keys, pipelined over a few connections; each must be told 401. */
  private static void flood(RunningGateway gateway, int count, IntFunction<String> keys)
      throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int connection = 0; connection < CONNECTIONS; connection++) {
        int from = count / CONNECTIONS * connection;
        int to = from + count / CONNECTIONS;
        all.add(threads.submit(() -> present(gateway.uri("/"), from, to, keys)));
      }
      int refused = 0;
      for (Future<Integer> connection : all) {
        refused += connection.get();
      }
      assertThat(refused).isEqualTo(count);
    }
  }

  private static int present(URI server, int from, int to, IntFunction<String> keys)
      throws IOException {
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(10_000);
      Statuses statuses = new Statuses(socket.getInputStream());
      for (int at = from; at < to; at += PIPELINED) {
        int batch = Math.min(PIPELINED, to - at);
        StringBuilder requests = new StringBuilder();
        for (int i = at; i < at + batch; i++) {
          requests
              .append("GET /v1/models HTTP/1.1\r\nHost: gateway\r\nx-api-key: ")
              .append(keys.apply(i))
              .append("\r\n\r\n");
        }
        socket.getOutputStream().write(requests.toString().getBytes(US_ASCII));
        statuses.await401(batch);
      }
      return to - from;
    }
  }

  /** Counts status lines in what comes back, without reading the rest: this is about volume. */
  private static final class Statuses {
    private static final byte[] LINE = "HTTP/1.1 401 ".getBytes(US_ASCII);
    private static final byte[] END = "\"code\":\"invalid_api_key\"}}".getBytes(US_ASCII);

    private final InputStream in;
    private final byte[] buffer = new byte[32 * 1024];
    private int line;
    private int end;
    private int lines;
    private int ends;

    Statuses(InputStream in) {
      this.in = in;
    }

    void await401(int count) throws IOException {
      lines = 0;
      ends = 0;
      while (ends < count) {
        int read = in.read(buffer);
        assertThat(read).as("closed by the gateway").isPositive();
        for (int i = 0; i < read; i++) {
          line = next(LINE, line, buffer[i]);
          end = next(END, end, buffer[i]);
          if (line == LINE.length) {
            lines++;
            line = 0;
          }
          if (end == END.length) {
            ends++;
            end = 0;
          }
        }
      }
      assertThat(lines).as("answers with 401").isEqualTo(count);
    }

    // Neither pattern begins anew within itself but at its first byte.
    private static int next(byte[] pattern, int matched, byte b) {
      return b == pattern[matched] ? matched + 1 : b == pattern[0] ? 1 : 0;
    }
  }

  private static long heapInUse() {
    System.gc();
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
