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

  /** Of the heap by the file: what an entry without usage takes while it is read, and air. */
  private static final int FACTOR = 4;

  private static final long MEGABYTE = 1 << 20;

  private final Path file;
  private final long mostHeapBytes;
  private boolean given;

  HeapAdvice(Path file, long mostHeapBytes) {
    this.file = file;
    this.mostHeapBytes = mostHeapBytes;
  }

  /** Called with the size of what is read next. */
  void beforeReading(long fileBytes) {
    if (given || fileBytes <= mostHeapBytes / FACTOR) {
      return;
    }
    given = true;
    log.warn(
        "{}: {} MB of keys may not fit into a heap of {} MB; should this end with an"
            + " OutOfMemoryError, start with TALLYGATE_JAVA_OPTS=-Xmx{}m",
        file,
        fileBytes / MEGABYTE,
        mostHeapBytes / MEGABYTE,
        FACTOR * fileBytes / MEGABYTE);
  }
}
