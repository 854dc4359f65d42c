package dev.tallygate.store;

import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Puts a new edition in the place of the key file, unless somebody else is at it. Not thread-safe.
 *
 * <p>The two files change names, and what came out is looked at: when it is not what the new
 * edition was made from, the names are changed back. Under a {@link ReadLease} nobody writes into
 * it meanwhile, and those who were about to open it show before it is too late to give it back.
 */
final class FileSwap {
  /** From finding a file by its name to opening it takes an editor microseconds. */
  private static final long OPENING_NANOS = Duration.ofMillis(1).toNanos();

  private static final int LOOKS = 2;
  // Some programs keep open for ever what they write; those are not waited for longer than this.
  private static final long PATIENCE_NANOS = Duration.ofSeconds(10).toNanos();

  private final FileOps ops;
  private final Ticker ticker;
  // Since when, and when last, it was found open for writing.
  private @Nullable Long beingWrittenSince;
  private long beingWrittenAt;
  private boolean leased;

  FileSwap(FileOps ops, Ticker ticker) {
    this.ops = ops;
    this.ticker = ticker;
  }

  /** Whether somebody has the file open for writing, so that there is no point in trying yet. */
  boolean mustWait(Path target) {
    ReadLease.Answer answer = ops.lease(target);
    if (answer instanceof ReadLease.Granted(ReadLease lease)) {
      lease.close();
    }
    return mustWait(answer);
  }

  /**
   * Tries it once. Blocks for some milliseconds.
   *
   * @param edition the new one; afterwards, if it was put in place, the old one has its name
   * @param base what it was made from
   * @return whether it is in place; else nothing has changed
   */
  boolean put(Path edition, Path target, Loaded base) throws IOException {
    ReadLease.Answer answer = ops.lease(target);
    leased = answer instanceof ReadLease.Granted;
    if (answer instanceof ReadLease.Granted(ReadLease lease)) {
      try (lease) {
        return exchange(edition, target, base, lease);
      }
    }
    return !mustWait(answer) && exchange(edition, target, base, null);
  }

  /** Whether the last try had a lease, so that nobody can hold the old file open for writing. */
  boolean wasLeased() {
    return leased;
  }

  private boolean mustWait(ReadLease.Answer answer) {
    if (!(answer instanceof ReadLease.BeingWritten)) {
      beingWrittenSince = null;
      return false;
    }
    long now = ticker.nanos();
    if (beingWrittenSince == null || now - beingWrittenAt > PATIENCE_NANOS) {
      beingWrittenSince = now;
    }
    beingWrittenAt = now;
    return now - beingWrittenSince < PATIENCE_NANOS;
  }

  private boolean exchange(Path edition, Path target, Loaded base, @Nullable ReadLease lease)
      throws IOException {
    Sight ours = ops.look(edition);
    if (!ops.exchange(edition, target)) {
      ops.replace(edition, target);
      return true;
    }
    if (sameFile(ops.look(edition), base.sight())
        && (lease == null || (checksum(edition) == base.checksum() && isLeft(lease)))) {
      return true;
    }
    // Back, until our own file is the one aside. Should even that be gone, because somebody renamed
    // once more, the even number leaves the newest in place.
    for (int i = 0; i < 4 && !sameFile(ops.look(edition), ours); i++) {
      ops.exchange(edition, target);
    }
    return false;
  }

  private int checksum(Path file) throws IOException {
    try (FileChannel channel = ops.openForReading(file)) {
      return ChecksummedInput.checksum(channel);
    }
  }

  /** Whether nobody wants to open the old file for writing, which they can find no longer. */
  private boolean isLeft(ReadLease lease) {
    for (int i = 0; i < LOOKS; i++) {
      if (lease.isWaitedFor()) {
        return false;
      }
      LockSupport.parkNanos(this, OPENING_NANOS);
    }
    return !lease.isWaitedFor();
  }

  private static boolean sameFile(Sight a, Sight b) {
    return a instanceof Sight.Present x
        && b instanceof Sight.Present y
        && x.device() == y.device()
        && x.inode() == y.inode();
  }
}
