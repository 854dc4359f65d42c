package dev.tallygate.store;

import java.nio.channels.FileChannel;
import java.time.Duration;

/** A replaced file that somebody may still hold open and write into. Confined to its writer. */
final class Retired {
  /** The lineage of a file that is no longer an earlier edition of the present one. */
  static final int NONE = -1;

  /** An editor that takes longer than this between its first and last byte is not waited for. */
  static final long LINGER_MAX_NANOS = Duration.ofSeconds(10).toNanos();

  private static final long LINGER_NANOS = Duration.ofSeconds(2).toNanos();

  final FileChannel channel;
  final long sinceNanos;

  /** Whether nobody had it open for writing when it was replaced. */
  final boolean leased;

  long deadlineNanos;
  int checksum;
  int candidate;
  KeyIndex index;
  int lineage;
  long nextLookNanos;

  Retired(FileChannel channel, Loaded content, int lineage, boolean leased, long now) {
    this.channel = channel;
    this.checksum = content.checksum();
    this.candidate = checksum;
    this.index = content.index();
    this.lineage = lineage;
    this.leased = leased;
    this.sinceNanos = now;
    this.deadlineNanos = now + LINGER_NANOS;
    this.nextLookNanos = now;
  }

  /** Somebody is writing into it. */
  void lingerFrom(long now) {
    deadlineNanos = Math.min(now + LINGER_NANOS, sinceNanos + LINGER_MAX_NANOS);
  }

  /** Somebody has written into it, and that is merged. */
  void lingerAnewFrom(long now) {
    deadlineNanos = now + LINGER_NANOS;
  }
}
