package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalFileTest {
  private static final int CALLS = 6;

  @TempDir Path temporary;
  private Path file;

  @BeforeEach
  void setUp() {
    file = temporary.resolve("usage.journal");
  }

  /** A call that no other one can be mistaken for: each adds a decimal place of its own. */
  private static UsageRecord call(int place) {
    return new UsageRecord(
        "a", "model", 60_000, new TokenUsage((long) Math.pow(10, place), 0, 0, 0), 0);
  }

  /** Writes a journal whose first batch, 5, has some calls, and returns the bytes of each. */
  private int written() throws IOException {
    Journal journal = new Journal(file, 5);
    for (int i = 0; i < CALLS; i++) {
      journal.add(call(i));
    }
    return JournalRecord.space(JournalRecord.length(new JournalRecord().encode(5, call(0))));
  }

  private List<Batch> after(long number) throws IOException {
    return JournalFile.after(number, JournalFile.read(file), file);
  }

  private long inputOfBatch5(byte[] bytes) throws IOException {
    List<Batch> batches = JournalFile.after(4, ordered(bytes), file);
    assertThat(batches).extracting(Batch::number).containsExactly(5L);
    return batches.getFirst().cells().values().stream().mapToLong(sums -> sums.input).sum();
  }

  @Test
  void damage_takesTheRecordItIsIn_andThoseBehindIt_andInventsNone() throws IOException {
    int space = written();
    byte[] whole = Files.readAllBytes(file);
    assertThat(inputOfBatch5(whole)).isEqualTo(111_111);
    int end = JournalFile.HEADER + CALLS * space;
    for (int at = JournalFile.HEADER; at < end; at++) {
      int before = (at - JournalFile.HEADER) / space;
      long kept = Long.parseLong("0" + "1".repeat(before));
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x41;
      assertThat(inputOfBatch5(damaged))
          .as("byte %d flipped", at)
          .isEqualTo(isFilling(at, space) ? 111_111 : kept);
      byte[] torn = whole.clone();
      Arrays.fill(torn, at, torn.length, (byte) 0);
      // Where only zeros are lost, none is.
      boolean same = Arrays.equals(whole, at, at + rest(at, space), torn, at, at + rest(at, space));
      assertThat(inputOfBatch5(torn))
          .as("zeros from byte %d on", at)
          .isEqualTo(same ? kept * 10 + 1 : kept);
    }
  }

  /** How much of the record at a byte lies behind it. */
  private static int rest(int at, int space) {
    return space - (at - JournalFile.HEADER) % space;
  }

  private static boolean isFilling(int at, int space) {
    int length = JournalRecord.length(new JournalRecord().encode(5, call(0)));
    return (at - JournalFile.HEADER) % space >= JournalRecord.WORD + length;
  }

  @Test
  void recordsOfAnEarlierBatch_areNotOfTheOneThatTookItsPlace() throws IOException {
    Journal journal = new Journal(file, 5);
    for (int i = 0; i < CALLS; i++) {
      journal.add(call(i));
    }
    journal.take();
    journal.take();
    journal.add(call(3));
    List<Batch> batches = after(0);
    assertThat(batches).extracting(Batch::number).containsExactly(6L, 7L);
    assertThat(batches).extracting(Batch::calls).containsExactly(0L, 1L);
  }

  @Test
  void batches_comeInTheOrderOfTheirNumbers_fromTheOneAskedFor() throws IOException {
    Journal journal = new Journal(file, 5);
    journal.add(call(0));
    journal.take();
    journal.add(call(1));
    journal.add(call(2));
    assertThat(after(4)).extracting(Batch::calls).containsExactly(1L, 2L);
    assertThat(after(5)).extracting(Batch::number).containsExactly(6L);
    assertThat(after(6)).isEmpty();
    journal.take();
    journal.add(call(3));
    // 7 lies in the first half, before 6.
    assertThat(after(4)).extracting(Batch::number).containsExactly(6L, 7L);
  }

  @Test
  void newFile_isWholeAndItsOwnersOnly_andHoldsNothing() throws IOException {
    JournalFile.map(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.size(file)).isEqualTo(JournalFile.SIZE);
    assertThat(after(0)).isEmpty();
  }

  @Test
  void noFile_holdsNothing() throws IOException {
    assertThat(after(0)).isEmpty();
  }

  @Test
  void fileOfAnotherSize_isRefused_andLeftAlone() throws IOException {
    for (int size :
        new int[] {0, 1, JournalFile.HALF, JournalFile.SIZE - 1, JournalFile.SIZE + 1}) {
      byte[] theirs = new byte[size];
      Files.write(file, theirs);
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> after(0))
          .withMessageContainingAll(file.toString(), "no journal", "move it away");
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> new Journal(file, 1))
          .withMessageContaining("no journal");
      assertThat(file).hasBinaryContent(theirs);
    }
  }

  @Test
  void fileOfSomebodyElse_isRefused() throws IOException {
    for (int half = 0; half < 2; half++) {
      byte[] theirs = new byte[JournalFile.SIZE];
      theirs[half * JournalFile.HALF] = 'x';
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> JournalFile.after(0, ordered(theirs), file))
          .withMessageContaining("no journal");
    }
  }

  private static ByteBuffer ordered(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void folderThatCannotHoldIt_isToldWithWhatToDo() {
    Path nowhere = temporary.resolve("missing").resolve("usage.journal");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> JournalFile.create(nowhere, ByteBuffer.allocate(JournalFile.SIZE)))
        .withMessageContainingAll(nowhere.toString(), "2 MiB", "can write");
  }
}
