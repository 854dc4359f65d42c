package dev.tallygate.store;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator, once and before it is read, that a key file may be too big for the heap:
 * where it is, the process ends, and can say nothing more. Confined to the store's lock.
 */
final class HeapAdvice {
  private static final Logger log = LoggerFactory.getLogger(HeapAdvice.class);

  /** A smaller heap than so many times the file may not do: entries without usage take two. */
  private static final int LEAST = 3;

  /** What is told to set: the parallel collector keeps a ninth of it to copy into. */
  private static final int ENOUGH = 4;

  private static final long MEGABYTE = 1 << 20;
  private static final long STEP = 64 * MEGABYTE;

  private final Path file;
  private final long mostHeapBytes;
  private boolean given;

  HeapAdvice(Path file, long mostHeapBytes) {
    this.file = file;
    this.mostHeapBytes = mostHeapBytes;
  }

  /** Called with the size of what is read next. */
  void beforeReading(long fileBytes) {
    if (given || LEAST * fileBytes <= mostHeapBytes) {
      return;
    }
    given = true;
    log.warn(
        "{}: {} MB of keys may not fit into a heap of {} MB; should this end with an"
            + " OutOfMemoryError, start with TALLYGATE_JAVA_OPTS=-Xmx{}m",
        file,
        fileBytes / MEGABYTE,
        mostHeapBytes / MEGABYTE,
        Math.ceilDiv(ENOUGH * fileBytes, STEP) * STEP / MEGABYTE);
  }
}
