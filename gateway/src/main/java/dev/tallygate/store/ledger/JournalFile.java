package dev.tallygate.store.ledger;

import dev.tallygate.usage.UsageRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * The journal's file, {@code usage.journal} beside the ledger: two halves of equal size, each a
 * word that tells what it is, the number of the batch that its records make up, and the records.
 */
final class JournalFile {
  /** The size of a half in bytes: room for some ten thousand calls. */
  static final int HALF = 1 << 20;

  /** What comes before the records: the mark and the number. */
  static final int HEADER = 2 * Long.BYTES;

  static final int MARK_AT = 0;
  static final int NUMBER_AT = Long.BYTES;

  /** "TALYJNL1", read as a little-endian word. */
  static final long MARK = 0x314c_4e4a_594c_4154L;

  static final int SIZE = 2 * HALF;

  private JournalFile() {}

  static Path beside(Path ledger) {
    return ledger.resolveSibling("usage.journal");
  }

  /** Maps the file, which is created when it is missing, readable by its owner only. */
  static MappedByteBuffer map(Path file) throws IOException {
    if (!Files.exists(file)) {
      create(file, ByteBuffer.allocate(SIZE));
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (channel.size() != SIZE) {
        throw foreign(file);
      }
      return (MappedByteBuffer)
          channel.map(MapMode.READ_WRITE, 0, SIZE).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /**
   * Creates the file, or puts one in the place of what is there, whole from the moment it can be
   * seen. All of it is written, so that its blocks are there: to a full disk, a mapping cannot
   * write.
   *
   * @param content {@link #SIZE} bytes
   */
  static void create(Path file, ByteBuffer content) throws IOException {
    Path begun = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.deleteIfExists(begun);
      try (FileChannel channel =
          FileChannel.open(
              begun,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              LedgerFile.OWNER_ONLY)) {
        while (content.hasRemaining()) {
          channel.write(content);
        }
      }
      Files.move(begun, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // On a full disk what it takes is wanted for the ledger.
      Files.deleteIfExists(begun);
      throw new IOException(
          "the journal %s of the usage ledger cannot be made: %s. It takes %d MiB, in a folder that this user can write"
              .formatted(file, reason(e), SIZE >> 20),
          e);
    }
  }

  private static String reason(IOException e) {
    String told = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return told == null ? e.getClass().getSimpleName() : told;
  }

  /**
   * Reads what a journal holds; a snapshot as far as it goes when somebody is writing it.
   *
   * @return no bytes when there is none
   */
  static ByteBuffer read(Path file) throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length != SIZE) {
        throw foreign(file);
      }
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    } catch (NoSuchFileException e) {
      return ByteBuffer.allocate(0);
    }
  }

  /**
   * The batches in a journal that were read by {@link #read} and come after the one with the given
   * number, in their order: those that no database holds.
   *
   * @throws IOException when it is none of ours; the message says what to do
   */
  static List<Batch> after(long number, ByteBuffer journal, Path file) throws IOException {
    List<Batch> batches = new ArrayList<>();
    JournalRecord record = new JournalRecord();
    for (int start = 0; start < journal.limit(); start += HALF) {
      ByteBuffer half = journal.slice(start, HALF).order(ByteOrder.LITTLE_ENDIAN);
      long mark = half.getLong(MARK_AT);
      long batchNumber = half.getLong(NUMBER_AT);
      if (mark != MARK && mark != 0) {
        throw foreign(file);
      }
      if (mark == MARK && batchNumber > number) {
        Batch batch = new Batch(batchNumber);
        half.position(HEADER);
        for (UsageRecord call = record.decode(batchNumber, half);
            call != null;
            call = record.decode(batchNumber, half)) {
          batch.add(call);
        }
        batches.add(batch);
      }
    }
    batches.sort(Comparator.comparingLong(Batch::number));
    return batches;
  }

  private static IOException foreign(Path file) {
    return new IOException(
        "%s is no journal of a usage ledger, or it is damaged: move it away, and the gateway starts without the calls of a last moment that it may hold"
            .formatted(file));
  }
}
