package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.document;
import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** People and the mirror write at the same time, as fast as they can. */
class EditsUnderMirroringTest {
  private static final int EDITS = 100;

  @TempDir Path folder;

  @Test
  void hundredEdits_bothWays_noneLost_noUsageLost() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("busy", "Busy"));
    Ticker ticker = Ticker.system();
    ChangedKeys changed = new ChangedKeys();
    FakeUsage usages = new FakeUsage(ticker, changed);
    String busy = ApiKey.defaultId(KeyDigest.of("busy"));
    AtomicLong used = new AtomicLong();
    AtomicBoolean done = new AtomicBoolean();
    try (FileKeyStore store = new FileKeyStore(file.path, ticker, usages)) {
      try (UsageMirror mirror = new UsageMirror(store, usages, changed, ticker)) {
        Thread mirroring =
            Thread.ofPlatform()
                .start(() -> {
                  while (!done.get()) {
                    usages.use(busy, 1);
                    used.incrementAndGet();
                    mirror.flush();
                  }
                });
        for (int i = 0; i < EDITS; i++) {
          String added = entry("edit" + i, "Edit " + i).indent(4).stripTrailing();
          String text = file.text();
          String edited =
              text.substring(0, text.lastIndexOf("\n  ]")) + ",\n" + added + "\n  ]\n}\n";
          if (i % 2 == 0) {
            file.write(edited);
          } else {
            file.replace(edited);
          }
          String secret = "edit" + i;
          await()
              .pollInterval(Duration.ofMillis(2))
              .atMost(Duration.ofSeconds(5))
              .until(() -> store.find(KeyDigest.of(secret)).key() != null);
        }
        done.set(true);
        mirroring.join();
      }
      assertThat(store.snapshot().keys()).hasSize(EDITS + 1);
      assertThat(store.problems()).isEmpty();
    }
    String end = file.text();
    for (int i = 0; i < EDITS; i++) {
      assertThat(end).contains("\"Edit " + i + "\"");
    }
    assertThat(used.get()).isPositive();
    assertThat(end).contains("\"total_lifetime_tokens\": " + used.get() + ",");
    assertThat(document(entry("busy", "Busy"))).doesNotContain(busy);
    assertThat(end).contains("\"id\": \"" + busy + "\"");
  }
}
