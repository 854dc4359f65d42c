package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RefusedEntriesTest {
  @TempDir Path folder;

  private FileKeyStore open(KeyFile file) {
    return new FileKeyStore(file.path, new FakeTicker(), (id, usage) -> {}, new FileOps(), false);
  }

  @Test
  void duplicates_theSecondIsRefusedAndNamed() throws Exception {
    String sameId = entry("k3", "Third").replaceFirst("\\{", "{\"id\": \"x\",");
    KeyFile file =
        new KeyFile(folder)
            .keys(
                entry("k1", "First"),
                entry("k1", "Second"),
                sameId,
                sameId.replace("k3", "k4").replace("Third", "Fourth"));
    try (LogLines log = new LogLines();
        FileKeyStore store = open(file)) {
      assertThat(store.find(KeyDigest.of("k1")).key()).extracting("name").isEqualTo("First");
      assertThat(store.find(KeyDigest.of("k4")).key()).isNull();
      assertThat(store.problems())
          .extracting(EntryProblem::toString)
          .containsExactly(
              "entry 2 (Second): duplicate key (an entry before it has the same)",
              "entry 4 (x): duplicate id (an entry before it has the same)");
      assertThat(log.containing("refused entry")).hasSize(2);
    }
  }

  @Test
  void duplicateDigest_underAnotherId_isRefused_previousOnesToo() throws Exception {
    String other = entry("k1", "Other").replaceFirst("\\{", "{\"id\": \"other\",");
    String rotated =
        entry("k2", "Rotated")
            .replaceFirst(
                "\\{",
                "{\"previous_key_hash\": \"%s\", \"previous_valid_until\": \"2027-01-01T00:00:00Z\","
                    .formatted(KeyDigest.of("k1")));
    KeyFile file = new KeyFile(folder).keys(entry("k1", "First"), other, rotated);
    try (FileKeyStore store = open(file)) {
      assertThat(store.problems()).extracting(EntryProblem::position).containsExactly(2, 3);
      assertThat(store.find(KeyDigest.of("k2")).key()).isNull();
    }
  }

  @Test
  void validEntryThatTurnsBad_isRemoved_andMentionedOnce() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"), entry("k2", "Two"));
    try (LogLines log = new LogLines();
        FileKeyStore store = open(file)) {
      file.keys(entry("k1", "One").replace("100000", "-5"), entry("k2", "Two"));
      store.poll();
      assertThat(store.find(KeyDigest.of("k1")).key()).isNull();
      assertThat(store.find(KeyDigest.of("k2")).key()).isNotNull();
      file.keys(entry("k1", "One").replace("100000", "-5"), entry("k2", "Two!"));
      store.poll();
      assertThat(log.containing("entry 1 (One): token_limit_per_5h: -5")).hasSize(1);
      assertThat(log.containing("k1\"")).isEmpty();
      file.keys(entry("k1", "One"), entry("k2", "Two!"));
      store.poll();
      assertThat(store.find(KeyDigest.of("k1")).key()).isNotNull();
      assertThat(store.problems()).isEmpty();
    }
  }
}
