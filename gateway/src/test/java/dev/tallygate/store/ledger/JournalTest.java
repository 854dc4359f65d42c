package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.store.LogLines;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final int TOO_MANY = 1 << 20;

  /** Calls after which the optimizing compiler has long taken over. */
  private static final int WARM = 300_000;

  @TempDir Path temporary;
  private Path file;
  private Journal journal;

  @BeforeEach
  void setUp() throws IOException {
    file = temporary.resolve("usage.journal");
    journal = new Journal(file, 1);
  }

  private static UsageRecord call(String keyId) {
    return new UsageRecord(keyId, "model", 60_000, new TokenUsage(1, 0, 0, 0), 0);
  }

  /** What a start would find: batches and their numbers of calls. */
  private List<String> held() throws IOException {
    return JournalFile.after(0, JournalFile.read(file), file).stream()
        .map(batch -> batch.number() + ": " + batch.calls())
        .toList();
  }

  @Test
  void call_isOnFileAtOnce_inTheHalfOfItsBatch() throws IOException {
    assertThat(held()).containsExactly("1: 0");
    assertThat(journal.isEmpty()).isTrue();
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.FIRST);
    assertThat(held()).containsExactly("1: 1");
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.MORE);
    assertThat(journal.isEmpty()).isFalse();
    Batch first = journal.take();
    assertThat(first.number()).isEqualTo(1);
    assertThat(first.calls()).isEqualTo(2);
    assertThat(journal.isEmpty()).isTrue();
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.FIRST);
    assertThat(held()).containsExactly("1: 2", "2: 1");
    assertThat(journal.take().number()).isEqualTo(2);
    assertThat(held()).containsExactly("2: 1", "3: 0");
  }

  @Test
  void half_takesCallsUntilItIsFull_andSaysSoBefore() throws IOException {
    int added = 0;
    int nearlyAt = 0;
    Journal.Added last = journal.add(call("a"));
    while (last != Journal.Added.NO && added < TOO_MANY) {
      added++;
      assertThat(journal.isNearlyFull()).isEqualTo(last == Journal.Added.NEARLY_FULL);
      if (nearlyAt == 0 && last == Journal.Added.NEARLY_FULL) {
        nearlyAt = added;
      }
      last = journal.add(call("a"));
    }
    int space = JournalRecord.space(JournalRecord.length(new JournalRecord().encode(1, call("a"))));
    assertThat(added).isEqualTo((JournalFile.HALF - JournalFile.HEADER) / space);
    assertThat(nearlyAt).isBetween(added / 2, added / 2 + 1);
    assertThat(held()).containsExactly("1: " + added);
    assertThat(journal.take().calls()).isEqualTo(added);
    assertThat(journal.isNearlyFull()).isFalse();
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.FIRST);
    assertThat(held()).containsExactly("1: " + added, "2: 1");
  }

  @Test
  void callWithTooLongNames_isNotTaken_andDisturbsNothing() throws IOException {
    journal.add(call("a"));
    assertThat(journal.add(call("k".repeat(5_000)))).isEqualTo(Journal.Added.NO);
    assertThat(journal.add(call("b"))).isEqualTo(Journal.Added.MORE);
    assertThat(held()).containsExactly("1: 2");
    assertThat(journal.take().calls()).isEqualTo(2);
  }

  @Test
  void fileThatIsRemoved_isMadeAnew_withWhatItHeld() throws IOException {
    journal.add(call("a"));
    journal.take();
    journal.add(call("a"));
    journal.add(call("a"));
    Files.delete(file);
    try (LogLines lines = new LogLines()) {
      journal.check();
      assertThat(lines.containing("made anew")).hasSize(1);
      journal.check();
      assertThat(lines.containing("made anew")).hasSize(1);
    }
    assertThat(held()).containsExactly("1: 1", "2: 2");
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.MORE);
    assertThat(held()).containsExactly("1: 1", "2: 3");
  }

  @Test
  void fileThatIsReplaced_isMadeAnew_withWhatItHeld() throws IOException {
    journal.add(call("a"));
    Path theirs = temporary.resolve("theirs");
    Files.write(theirs, new byte[JournalFile.SIZE]);
    Files.move(theirs, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(held()).isEmpty();
    journal.check();
    assertThat(held()).containsExactly("1: 1");
  }

  @Test
  void fileThatIsCutShort_letsCallsWait_untilItIsMadeAnew() throws IOException {
    journal.add(call("a"));
    cut(0);
    assertThat(journal.add(call("b"))).isEqualTo(Journal.Added.NO);
    journal.check();
    // The first call is in memory only: what came behind it in the file would not be found.
    assertThat(journal.add(call("b"))).isEqualTo(Journal.Added.NO);
    Batch first = journal.take();
    assertThat(first.calls()).isEqualTo(1);
    assertThat(journal.add(call("c"))).isEqualTo(Journal.Added.FIRST);
    assertThat(held()).containsExactly("2: 1");
  }

  /** Compiled code is told of such a fault in another way than interpreted code. */
  @Test
  void fileThatIsCutShort_isNoticedByTheCallItself_alsoWhenCompiled() throws IOException {
    int added = 0;
    for (int i = 0; i < WARM; i++) {
      added += journal.add(call("a")) == Journal.Added.NO ? 0 : 1;
      if (journal.isNearlyFull()) {
        journal.take();
      }
    }
    assertThat(added).isEqualTo(WARM);
    journal.take();
    cut(0);
    for (int i = 0; i < 3; i++) {
      assertThat(journal.add(call("b"))).isEqualTo(Journal.Added.NO);
    }
    assertThat(journal.take().calls()).isZero();
    journal.check();
    assertThat(journal.add(call("c"))).isEqualTo(Journal.Added.FIRST);
  }

  @Test
  void emptyFileThatIsCutShort_takesCallsAsSoonAsItIsMadeAnew() throws IOException {
    cut(0);
    journal.check();
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.FIRST);
    assertThat(held()).containsExactly("1: 1");
  }

  private void cut(long size) throws IOException {
    try (RandomAccessFile theirs = new RandomAccessFile(file.toFile(), "rw")) {
      theirs.setLength(size);
    }
  }

  @Test
  void fileThatCannotBeMadeAnew_letsCallsWait_andIsToldOnce() throws IOException {
    journal.add(call("a"));
    Files.delete(file);
    // In the place of the one that is being made.
    Path inTheWay = Files.createDirectory(temporary.resolve("usage.journal.new"));
    Path inside = Files.createFile(inTheWay.resolve("x"));
    try (LogLines lines = new LogLines()) {
      journal.check();
      journal.check();
      assertThat(lines.containing("each call waits for the database")).hasSize(1);
    }
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.NO);
    Files.delete(inside);
    journal.check();
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.MORE);
    assertThat(held()).containsExactly("1: 2");
  }

  @Test
  void close_removesTheFile_onlyWhenAllWasCommitted() throws IOException {
    journal.add(call("a"));
    journal.close(true);
    assertThat(held()).containsExactly("1: 1");
    assertThat(journal.add(call("a"))).isEqualTo(Journal.Added.NO);
    journal = new Journal(file, 2);
    journal.close(false);
    assertThat(file).exists();
    journal = new Journal(file, 2);
    journal.add(call("a"));
    journal.take();
    journal.close(true);
    assertThat(file).doesNotExist();
  }

  @Test
  void fileOfSomebodyElse_isNotOpened() throws IOException {
    Files.writeString(file, "notes");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> new Journal(file, 2))
        .withMessageContaining("no journal");
    assertThat(file).hasContent("notes");
  }
}
