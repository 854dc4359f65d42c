package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A script of another process edits the key file while calls are made and their usage is written
 * into the same file.
 */
class EditsUnderLoadTest {
  private static final int EDITS = 100;
  private static final int CLIENTS = 8;
  private static final long PLENTY = 1_000_000_000_000_000L;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * Adds a member to every entry, by turns as {@code jq … > new && mv new file} and as {@code jq …
   * > new && cat new > file} do, with a pause between in which the file may be written under its
   * hands: between reading and writing as well as after.
   */
  private static final String SCRIPT =
      """
      set -eu
      file=$1
      i=0
      while [ "$i" -lt "$2" ]; do
        sed 's/"name": "User"/"name": "User", "x_note_'"$i"'": '"$i"'/' "$file" > "$file.edited"
        sleep 0.02
        if [ $((i % 2)) -eq 0 ]; then
          mv "$file.edited" "$file"
        else
          cat "$file.edited" > "$file"
        fi
        sleep 0.05
        i=$((i + 1))
      done
      """;

  @TempDir Path folder;
  @TempDir Path scratch;
  private final AtomicLong number = new AtomicLong();
  private MeteredUpstream upstream;
  private KeyFiles keys;

  @BeforeEach
  void start() throws IOException {
    upstream = MeteredUpstream.atOnce();
    keys =
        KeyFiles.in(folder)
            .write(
                IntStream.range(0, CLIENTS)
                    .mapToObj(EditsUnderLoadTest::key)
                    .map(key -> KeyFiles.key(key).id(key).model("*").limit(PLENTY))
                    .toArray(KeyFiles.Entry[]::new));
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private static String key(int client) {
    return "pk_user_%02d".formatted(client);
  }

  @Test
  void hundredEditsByAScript_bothWays_noneLost_noTokenLost() throws Exception {
    List<RecordedUsage> served = new ArrayList<>();
    try (RunningGateway gateway =
            RunningGateway.start(folder, upstream.base(), upstream.base(), Map.of());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      AtomicBoolean done = new AtomicBoolean();
      List<Future<RecordedUsage>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String key = key(i);
        clients.add(threads.submit(() -> callUntil(done, gateway, key)));
      }
      try {
        runScript();
      } finally {
        done.set(true);
      }
      for (Future<RecordedUsage> client : clients) {
        served.add(client.get());
      }
    }
    Map<String, RecordedUsage> recorded = RecordedUsage.in(folder);
    for (int i = 0; i < CLIENTS; i++) {
      assertThat(recorded.get(key(i))).isEqualTo(served.get(i));
      JsonNode entry = keys.entry(key(i));
      assertThat(entry.path("total_lifetime_tokens").asLong()).isEqualTo(served.get(i).tokens());
      for (int edit = 0; edit < EDITS; edit++) {
        assertThat(entry.path("x_note_" + edit).asInt(-1))
            .as("edit %d of %s in %s", edit, key(i), entry)
            .isEqualTo(edit);
      }
    }
    assertThat(served.stream().mapToLong(RecordedUsage::tokens).sum())
        .isEqualTo(upstream.tokens())
        .isPositive();
  }

  private RecordedUsage callUntil(AtomicBoolean done, RunningGateway gateway, String key)
      throws IOException {
    RecordedUsage sum = RecordedUsage.NONE;
    try (MeteredClient client = MeteredClient.connect(gateway.uri("/"), key)) {
      while (!done.get()) {
        MeteredCall call = MeteredCall.any(number.getAndIncrement());
        MeteredClient.Answer answer = client.call(call);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        sum = sum.plus(call);
      }
    }
    return sum;
  }

  private void runScript() throws IOException, InterruptedException {
    Path script = Files.writeString(scratch.resolve("edit.sh"), SCRIPT);
    Path log = scratch.resolve("edit.log");
    Process process =
        new ProcessBuilder(
                "/bin/sh", script.toString(), keys.path().toString(), Integer.toString(EDITS))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(PATIENCE)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
