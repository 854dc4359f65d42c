package dev.tallygate.store;

import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Finds the edits that metadata cannot show: those that keep the size and fall into the same tick
 * of the file system's clock. For a while after each change it compares the contents as well.
 * Confined to its reader's lock.
 */
final class ContentCheck {
  /** Coarser clocks than this are not known on any file system. */
  private static final long SETTLED_NANOS = Duration.ofSeconds(2).toNanos();

  private final Path file;
  private final Ticker ticker;
  private final FileOps ops;
  private int checksum;
  // Whether the checksum is that of what was seen last.
  private boolean comparable;
  private long seenSinceNanos;
  private long comparedNanos;
  private long nextCompareNanos;

  ContentCheck(Path file, Ticker ticker, FileOps ops) {
    this.file = file;
    this.ticker = ticker;
    this.ops = ops;
  }

  /** Of what was read or written last. */
  int checksum() {
    return checksum;
  }

  /** The file looks otherwise, as of now. */
  void begin() {
    seenSinceNanos = ticker.nanos();
    comparedNanos = seenSinceNanos;
    nextCompareNanos = seenSinceNanos;
  }

  /** The file was read. A failing disk or a permission may mend without a trace in the metadata. */
  void read(@Nullable Integer sum) {
    comparable = sum != null;
    if (sum != null) {
      checksum = sum;
    }
  }

  /** We have written the file ourselves. */
  void written(int sum) {
    checksum = sum;
  }

  /** What was read need not be what is there, whatever it looks like. */
  void doubt() {
    comparable = false;
  }

  /** Whether the file, which looks the same, holds something else than what was read. */
  boolean differs() {
    if (!comparable) {
      return true;
    }
    long now = ticker.nanos();
    if (comparedNanos - seenSinceNanos >= SETTLED_NANOS || now - nextCompareNanos < 0) {
      return false;
    }
    try (FileChannel channel = ops.openForReading(file)) {
      int present = ChecksummedInput.checksum(channel);
      comparedNanos = now;
      // At most a tenth of the time is spent on comparing, however big the file is.
      long end = ticker.nanos();
      nextCompareNanos = end + 10 * (end - now);
      return present != checksum;
    } catch (IOException e) {
      return true;
    }
  }
}
