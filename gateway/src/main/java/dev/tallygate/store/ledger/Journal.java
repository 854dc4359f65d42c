package dev.tallygate.store.ledger;

import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts calls on file at once, for the database to take them over a batch at a time. The file is
 * mapped into memory, so that a call costs neither a system call nor another thread, and what was
 * added is there however the process ends; a power cut takes what was not taken over yet.
 *
 * <p>Calls go into one half of the file while the batch of the other one is committed. A half bears
 * the number of its batch, which the database keeps in the same transaction: after a crash it is
 * known of each half whether it was taken over. Thread-safe.
 */
final class Journal {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  private static final VarHandle WORDS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** How an addition went. */
  enum Added {
    /** On file, the first one of its batch. */
    FIRST,
    /** On file. */
    MORE,
    /** On file; there will soon be no room. */
    NEARLY_FULL,
    /** Not on file: it has no room, or cannot be written. */
    NO
  }

  private static final int NEARLY_FULL = JournalFile.HALF / 2;

  private final Path file;
  private final JournalRecord record = new JournalRecord();

  // Guarded by this object's monitor, from here to the end.
  private MappedByteBuffer map;
  private Object identity;
  private int half;
  private int end;
  private Batch batch;
  private boolean usable = true;

  /**
   * Opens the file, whose records must all have been taken over.
   *
   * @param number of the first batch; larger than any before
   */
  Journal(Path file, long number) throws IOException {
    this.file = file;
    this.map = JournalFile.map(file);
    this.identity = LedgerFile.identity(file);
    this.batch = new Batch(number);
    begin(number);
  }

  /** Puts a call on file. Does not block. */
  synchronized Added add(UsageRecord call) {
    long word = usable ? record.encode(batch.number(), call) : 0;
    int length = JournalRecord.length(word);
    int space = JournalRecord.space(length);
    if (word == 0 || end + space > JournalFile.HALF) {
      return Added.NO;
    }
    int at = half * JournalFile.HALF + end;
    try {
      map.put(at + JournalRecord.WORD, record.array(), JournalRecord.WORD, length);
      // The word last: whoever reads it finds the record that it tells of.
      WORDS.setRelease(map, at, word);
    } catch (InternalError e) {
      // How the JVM tells of a mapped file that somebody has cut short.
      usable = false;
      log.error("{} cannot be written: {}", file, e.toString());
      return Added.NO;
    }
    boolean first = batch.isEmpty();
    batch.add(call);
    end += space;
    return first ? Added.FIRST : end > NEARLY_FULL ? Added.NEARLY_FULL : Added.MORE;
  }

  /** Whether nothing was added since the last batch was taken. */
  synchronized boolean isEmpty() {
    return batch.isEmpty();
  }

  /** Whether the batch should be taken soon. */
  synchronized boolean isNearlyFull() {
    return end > NEARLY_FULL;
  }

  /**
   * Takes the calls that were added, to be committed under the batch's number, and begins the next
   * batch. The one taken before must have been committed: its half is the next one's.
   */
  synchronized Batch take() {
    Batch taken = batch;
    batch = new Batch(taken.number() + 1);
    half = 1 - half;
    begin(batch.number());
    return taken;
  }

  private void begin(long number) {
    int start = half * JournalFile.HALF;
    end = JournalFile.HEADER;
    try {
      WORDS.setRelease(map, start + JournalFile.NUMBER_AT, number);
      WORDS.setRelease(map, start + JournalFile.MARK_AT, JournalFile.MARK);
    } catch (InternalError e) {
      usable = false;
    }
  }

  /**
   * Makes sure that the file is still there and can be written: somebody may have removed it. Then
   * another one is begun with what this one holds. Blocks; by one thread at a time.
   */
  void check() throws IOException {
    if (isSound()) {
      return;
    }
    log.warn("{} was removed or replaced: it is made anew", file);
    Files.deleteIfExists(file);
    MappedByteBuffer anew = JournalFile.map(file);
    Object anewIdentity = LedgerFile.identity(file);
    synchronized (this) {
      try {
        anew.put(0, map, 0, map.capacity());
      } catch (InternalError e) {
        // What it held is in memory, and is committed with its batch.
        log.warn("what {} held could not be copied", file);
      }
      map = anew;
      identity = anewIdentity;
      usable = true;
    }
  }

  private synchronized boolean isSound() throws IOException {
    return usable && Files.exists(file) && LedgerFile.identity(file).equals(identity);
  }

  /**
   * Ends it, and removes the file when all of it was taken over.
   *
   * @param committed whether every batch that was taken has been committed
   */
  synchronized void close(boolean committed) throws IOException {
    usable = false;
    if (committed && batch.isEmpty()) {
      Files.deleteIfExists(file);
    }
  }
}
