package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.auth.NewKey;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.Ticker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes, each with a store of its own, change the same file as fast as they can. */
class TwoEditorsTest {
  private static final int CHANGES = 40;

  @TempDir Path folder;

  @Test
  void changesOfBoth_allStand_andNothingIsLeftBehind() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"), entry("k2", "Two"));
    try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
      List<Future<?>> done = new ArrayList<>();
      for (String secret : List.of("k1", "k2")) {
        done.add(pool.submit(changes(file.path, secret)));
      }
      for (Future<?> each : done) {
        each.get();
      }
    }
    try (FileKeyStore store = new FileKeyStore(file.path, Ticker.system())) {
      assertThat(store.problems()).isEmpty();
      assertThat(store.snapshot().keys()).hasSize(2 + CHANGES);
      for (String secret : List.of("k1", "k2")) {
        assertThat(store.find(KeyDigest.of(secret)).key())
            .extracting(ApiKey::tokenLimitPer5h)
            .isEqualTo((long) CHANGES - 1);
      }
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(file.path);
    }
  }

  /** Every second change of one adds a key. */
  private static Callable<Void> changes(Path file, String secret) {
    Ticker ticker = Ticker.system();
    String id = ApiKey.defaultId(KeyDigest.of(secret));
    return () -> {
      try (FileKeyStore store = new FileKeyStore(file, ticker)) {
        KeyFileEditor editor = new KeyFileEditor(store, ticker);
        for (int i = 0; i < CHANGES; i++) {
          long limit = i;
          editor.change(id, key -> new KeyDraft(key).tokenLimitPer5h(limit).key());
          if (i % 2 == 0) {
            editor.create(NewKey.of(KeyDigest.of(secret + i), secret + i, 1));
          }
        }
      }
      return null;
    };
  }
}
