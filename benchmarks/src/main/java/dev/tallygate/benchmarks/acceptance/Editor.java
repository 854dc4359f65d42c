package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.LiveGateway;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Someone who edits the key file while the gateway works: at fixed intervals another key's limit,
 * in place and by renaming a new file over it by turns.
 */
final class Editor {
  private static final int LOOKS = 100;
  private static final Duration LOOK = Duration.ofMillis(50);

  private final KeyFile keys;
  private final CompletableFuture<Map<String, Long>> done = new CompletableFuture<>();

  private Editor(KeyFile keys) {
    this.keys = keys;
  }

  /** Begins at once, with a pause before each edit. */
  static Editor start(KeyFile keys, int edits, Duration pause) {
    Editor editor = new Editor(keys);
    Thread.ofVirtual().start(() -> editor.edit(edits, pause));
    return editor;
  }

  private void edit(int edits, Duration pause) {
    Map<String, Long> limits = new LinkedHashMap<>();
    List<String> all = keys.keys();
    try {
      for (int edit = 0; edit < edits; edit++) {
        Thread.sleep(pause);
        // 7 has no factor in common with the number of keys, so many of them have their turn
        String key = all.get(7 * edit % all.size());
        long limit = KeyFile.PLENTY + edit;
        keys.editLimit(key, limit, edit % 2 == 0);
        limits.put(key, limit);
      }
      done.complete(limits);
    } catch (IOException | RuntimeException e) {
      done.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      done.completeExceptionally(e);
    }
  }

  /**
   * Waits for the last edit, and for five seconds at most until the gateway goes by each of them;
   * how many of them are lost, in the gateway or in the file.
   */
  int lost(LiveGateway gateway) throws IOException, InterruptedException {
    Map<String, Long> limits;
    try {
      limits = done.get();
    } catch (ExecutionException e) {
      throw new IOException("an edit failed", e.getCause());
    }
    int lost = 0;
    for (Map.Entry<String, Long> edited : limits.entrySet()) {
      boolean seen = false;
      for (int look = 0; look < LOOKS && !seen; look++) {
        Thread.sleep(look == 0 ? Duration.ZERO : LOOK);
        seen = isInForce(gateway, edited.getKey(), edited.getValue());
      }
      lost += seen ? 0 : 1;
    }
    return lost;
  }

  private boolean isInForce(LiveGateway gateway, String key, long limit) throws IOException {
    String member = "token_limit_per_5h";
    return gateway.get("/stats", key).path(member).longValue() == limit
        && keys.entry(key).path(member).longValue() == limit;
  }
}
