package dev.tallygate.store.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second gateway off a data folder: a lock on {@code usage.lock}, which the kernel drops
 * when the process ends, however it ends. The file itself stays and means nothing.
 */
final class FolderLock implements AutoCloseable {
  // The kernel's locks are per process, and closing any descriptor of the file drops them: within
  // this process the folder must be known to be taken before the file is touched.
  private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

  // Whoever looks for the holder shares the lock for less than a moment.
  private static final int TRIES = 50;
  private static final long PAUSE_NANOS = 20_000_000;

  private final Path folder;
  private FileChannel channel;
  private Object identity;

  private FolderLock(Path folder, FileChannel channel) throws IOException {
    this.folder = folder;
    this.channel = channel;
    this.identity = LedgerFile.identity(file(folder));
  }

  private static Path file(Path folder) {
    return folder.resolve("usage.lock");
  }

  /**
   * Takes the lock, which others are given a second to let go of.
   *
   * @throws IOException when another gateway holds it, or the folder cannot be written; the message
   *     is for the operator
   */
  static FolderLock take(Path folder) throws IOException {
    Path real = folder.toRealPath();
    if (!TAKEN.add(real)) {
      throw taken(real, "this process");
    }
    try {
      return new FolderLock(real, lock(real));
    } catch (IOException e) {
      TAKEN.remove(real);
      throw e;
    }
  }

  /**
   * Who holds the lock of a folder: {@code process 17}, or null when nobody does. For a moment this
   * shares the lock, where nobody does.
   */
  static @Nullable String holder(Path folder) throws IOException {
    if (!Files.exists(file(folder))) {
      return null;
    }
    if (TAKEN.contains(folder.toRealPath())) {
      return "process " + ProcessHandle.current().pid();
    }
    try (FileChannel channel = FileChannel.open(file(folder), StandardOpenOption.READ)) {
      return channel.tryLock(0, Long.MAX_VALUE, true) == null ? "process " + read(channel) : null;
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file(folder),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            LedgerFile.OWNER_ONLY);
    try {
      for (int tries = 0; channel.tryLock() == null; tries++) {
        if (tries == TRIES) {
          throw taken(folder, "process " + read(channel));
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      channel.truncate(0);
      channel.write(bytes(Long.toString(ProcessHandle.current().pid())), 0);
      return channel;
    } catch (IOException | OverlappingFileLockException e) {
      channel.close();
      throw e instanceof IOException io ? io : new IOException(e);
    }
  }

  /**
   * Makes sure that the lock still keeps others out: somebody may have removed its file, taking it
   * for left over. Then it is taken anew. By one thread at a time.
   *
   * @throws IOException when another gateway was faster
   */
  void check() throws IOException {
    if (Files.exists(file(folder)) && LedgerFile.identity(file(folder)).equals(identity)) {
      return;
    }
    FileChannel anew = lock(folder);
    channel.close();
    channel = anew;
    identity = LedgerFile.identity(file(folder));
  }

  private static IOException taken(Path folder, String by) {
    return new IOException(
        "another gateway ("
            + by
            + ") is using the folder "
            + folder
            + "; two would count and write over each other. Stop it, or give this one a DATA_FILE in a"
            + " folder of its own.");
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(20);
    channel.read(text, 0);
    String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    return pid.isEmpty() ? "unknown" : pid;
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    channel.close();
    TAKEN.remove(folder);
  }
}
