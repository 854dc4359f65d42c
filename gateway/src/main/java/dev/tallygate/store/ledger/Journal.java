package dev.tallygate.store.ledger;

import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
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
  private State state = State.USABLE;

  // Confined to the thread that takes batches.
  private boolean told;

  private enum State {
    USABLE,
    /** Not until the next batch: this one's first calls are in memory only. */
    GAP,
    /** Not until the file is made anew. */
    LOST,
    CLOSED
  }

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
    long word = state == State.USABLE ? record.encode(batch.number(), call) : 0;
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
      faultsTold();
    } catch (InternalError e) {
      state = State.LOST;
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

  /** How many calls were added since the last batch was taken. */
  synchronized long calls() {
    return batch.calls();
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
    if (state == State.GAP) {
      state = State.USABLE;
    }
    begin(batch.number());
    return taken;
  }

  private void begin(long number) {
    int start = half * JournalFile.HALF;
    end = JournalFile.HEADER;
    try {
      WORDS.setRelease(map, start + JournalFile.NUMBER_AT, number);
      WORDS.setRelease(map, start + JournalFile.MARK_AT, JournalFile.MARK);
      faultsTold();
    } catch (InternalError e) {
      state = State.LOST;
    }
  }

  /**
   * Makes sure that calls can still be put on file: somebody may have removed it. Then it is made
   * anew with what it held; where that fails, calls wait for the database until it is done. Blocks;
   * by the thread that takes batches.
   */
  void check() {
    boolean there = isInPlace();
    synchronized (this) {
      if (there && state != State.LOST && isBegun(map)) {
        return;
      }
      // From here on nothing is put into a file that nobody would find.
      state = State.LOST;
    }
    try {
      makeAnew();
      log.warn("{} was removed, replaced or cut short: it was made anew", file);
      told = false;
    } catch (IOException e) {
      if (!told) {
        told = true;
        log.error("{}; until then each call waits for the database", e.getMessage());
      }
    }
  }

  /** A look at the disk: not for those who hold the monitor. */
  private boolean isInPlace() {
    try {
      return LedgerFile.identity(file).equals(identity) && Files.size(file) == JournalFile.SIZE;
    } catch (IOException e) {
      return false;
    }
  }

  private synchronized boolean isBegun(ByteBuffer bytes) {
    int start = half * JournalFile.HALF;
    try {
      long mark = bytes.getLong(start + JournalFile.MARK_AT);
      long number = bytes.getLong(start + JournalFile.NUMBER_AT);
      faultsTold();
      return mark == JournalFile.MARK && number == batch.number();
    } catch (InternalError e) {
      return false;
    }
  }

  /**
   * Throws the InternalError that is due when somebody has cut the mapped file short. Compiled code
   * would throw it some time after the access, in whatever runs by then; on the way back from
   * native code it is thrown at once, and asking for the monitor is such code, for some 20 ns.
   */
  private void faultsTold() {
    boolean _ = Thread.holdsLock(this);
  }

  /** Nobody adds meanwhile. */
  private void makeAnew() throws IOException {
    ByteBuffer held = ByteBuffer.allocate(JournalFile.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    boolean whole = false;
    try {
      map.get(0, held.array());
      faultsTold();
      whole = isBegun(held);
    } catch (InternalError e) {
      // What it held is in memory, and is committed with its batch.
      log.warn("what {} held could not be copied", file);
    }
    JournalFile.create(file, held);
    MappedByteBuffer anew = JournalFile.map(file);
    Object anewIdentity = LedgerFile.identity(file);
    synchronized (this) {
      map = anew;
      identity = anewIdentity;
      // Behind a gap, what is added to this batch would not be found.
      state = whole || batch.isEmpty() ? State.USABLE : State.GAP;
      if (!whole && batch.isEmpty()) {
        begin(batch.number());
      }
    }
  }

  /**
   * Ends it, and removes the file when all of it was taken over.
   *
   * @param committed whether every batch that was taken has been committed
   */
  synchronized void close(boolean committed) throws IOException {
    state = State.CLOSED;
    if (committed && batch.isEmpty()) {
      Files.deleteIfExists(file);
    }
  }
}
