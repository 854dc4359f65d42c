package dev.tallygate.store;

import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the key file without ever undoing what people do to it at the same time.
 *
 * <p>A write copies the file as the store last understood it, edited, beside it, makes the copy
 * durable and renames it over the file, if that still is the same file. An editor that opened the
 * replaced file before the rename and writes into it afterwards would write into the void. A {@link
 * ReadLease} rules that out. Where there is none, the replaced file stays open for a moment, and
 * what is written there is merged: as a whole while only usage was written since, else entry by
 * entry. Thread-safe; one write at a time.
 */
final class KeyFileWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KeyFileWriter.class);

  private static final int ATTEMPTS = 3;
  private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();
  private static final long LINGER_LOOKS = Retired.LINGER_MAX_NANOS / PAUSE_NANOS;

  /** How a write ended. */
  sealed interface Outcome {
    /** The file is changed, durably. */
    record Written() implements Outcome {}

    /** There was nothing to change. */
    record Unchanged() implements Outcome {}

    /** Not now: the file is missing, unparsable or being edited. */
    record Deferred(String reason) implements Outcome {}

    /** The file cannot be changed here. */
    record Refused(String reason) implements Outcome {}
  }

  private final KeyFileReader reader;
  private final Path file;
  private final Ticker ticker;
  private final FileOps ops;
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private final FileSwap swap;
  private final TempNames temps;
  private final List<Retired> retired = new ArrayList<>();
  // Raised whenever the definitions may have changed: what was replaced before and what is written
  // after are then no longer one edition with another usage.
  private int lineage;
  private @Nullable Integer lastWritten;

  KeyFileWriter(KeyFileReader reader, Path file, Ticker ticker, FileOps ops, TempNames temps) {
    this.reader = reader;
    this.file = file;
    this.ticker = ticker;
    this.ops = ops;
    this.swap = new FileSwap(ops, ticker);
    this.temps = temps;
  }

  /** Removes what killed writers have left beside the file. */
  void sweep() {
    lock.lock();
    try {
      temps.sweepBeside(linkTarget(file).toAbsolutePath());
    } catch (IOException e) {
      log.debug("where the key file would be cannot be told", e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Edits the file.
   *
   * @param edits a fresh edit for every attempt
   * @param sameKeys whether the edit leaves every definition as it is
   */
  Outcome write(Supplier<? extends FileEdit> edits, boolean sameKeys) {
    lock.lock();
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Loaded base = reader.loaded();
        if (base == null) {
          return new Outcome.Deferred(reader.whyNotLoaded());
        }
        Path target = file.toRealPath();
        if (!ops.isWritable(target)) {
          return new Outcome.Refused("it is read-only");
        }
        if (swap.mustWait(target)) {
          break;
        }
        FileChannel source = ops.openForReading(target);
        boolean replaced = false;
        try {
          Splice splice = new Splice(source);
          if (!prepare(source, base.checksum(), edits.get(), splice)) {
            continue;
          }
          if (splice.isEmpty()) {
            return new Outcome.Unchanged();
          }
          replaced = swap(base, target, splice, base.checksum(), sameKeys);
          if (replaced) {
            retire(source, base, sameKeys);
            return new Outcome.Written();
          }
        } finally {
          if (!replaced) {
            source.close();
          }
        }
      }
      return new Outcome.Deferred("it is being edited");
    } catch (IOException e) {
      return new Outcome.Refused(FileOps.reasonOf(e));
    } finally {
      lock.unlock();
    }
  }

  /** Begins a file where there is none; parent folders too. */
  Outcome begin(String content) {
    lock.lock();
    try {
      Path target = linkTarget(file).toAbsolutePath();
      Path folder = folderOf(target);
      DataFolder.create(folder);
      Path temp = temps.beside(target);
      try {
        try (FileChannel out = ops.createPrivate(temp)) {
          Splice.writeFully(out, content);
          ops.giveToOwnerOf(folder, temp);
          out.force(true);
        }
        ops.nameAnew(temp, target);
      } finally {
        Files.deleteIfExists(temp);
      }
      ops.syncFolder(folder);
      return new Outcome.Written();
    } catch (java.nio.file.FileAlreadyExistsException e) {
      return new Outcome.Deferred("it has just been created by somebody else");
    } catch (IOException e) {
      return new Outcome.Refused(FileOps.reasonOf(e));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Looks after replaced files: merges what was still written into them, lets go of them in time.
   *
   * @return whether something was merged, so that the usage in the file may be old
   */
  boolean tend() {
    lock.lock();
    try {
      boolean merged = false;
      // A merge retires another file; that one is looked at next time.
      for (Retired r : List.copyOf(retired)) {
        merged |= look(r);
      }
      return merged;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Stays until nobody is likely to write any more into a file that was replaced without a lease.
   * Blocks for 2 s where there is such a file, for longer while somebody writes into it.
   */
  void linger() {
    for (int i = 0; i < LINGER_LOOKS && mayBeWritten(); i++) {
      LockSupport.parkNanos(this, PAUSE_NANOS);
      boolean _ = tend();
    }
  }

  private boolean mayBeWritten() {
    lock.lock();
    try {
      return retired.stream().anyMatch(r -> !r.leased);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      retired.forEach(r -> letGo(r.channel));
      retired.clear();
    } finally {
      lock.unlock();
    }
  }

  private static boolean prepare(FileChannel source, int expected, FileEdit edit, Splice splice)
      throws IOException {
    ChecksummedInput in = new ChecksummedInput(source);
    try {
      KeyFileParser.Layout layout = KeyFileParser.parse(in, entry -> edit.entry(entry, splice));
      if (in.checksum() != expected) {
        return false;
      }
      edit.end(layout, splice);
      return true;
    } catch (UnparsableException e) {
      // It was readable a moment ago, so it is being written.
      return false;
    }
  }

  private boolean swap(Loaded base, Path target, Splice splice, int expected, boolean sameKeys)
      throws IOException {
    Path temp = temps.beside(target);
    try {
      Splice.Sums sums;
      try (FileChannel out = ops.createPrivate(temp)) {
        sums = splice.copyTo(out);
        if (sums.source() != expected) {
          return false;
        }
        ops.copyOwnerAndMode(target, temp);
        out.force(true);
      }
      if (!reader.replace(
          base, () -> swap.put(temp, target, base), sameKeys ? sums.target() : null)) {
        return false;
      }
      if (lastWritten == null || lastWritten != base.checksum()) {
        lineage++;
      }
      lastWritten = sums.target();
    } finally {
      Files.deleteIfExists(temp);
    }
    ops.syncFolder(folderOf(target));
    return true;
  }

  private void retire(FileChannel replaced, Loaded content, boolean sameKeys) {
    retired.add(new Retired(replaced, content, lineage, swap.wasLeased(), ticker.nanos()));
    if (!sameKeys) {
      lineage++;
    }
    Iterator<Retired> all = retired.iterator();
    while (all.hasNext()) {
      Retired r = all.next();
      // Nobody tends them while a process that only edits goes on editing.
      if (ticker.nanos() - r.sinceNanos > 2 * Retired.LINGER_MAX_NANOS) {
        letGo(r.channel);
        all.remove();
      }
    }
  }

  private boolean look(Retired r) {
    long now = ticker.nanos();
    boolean overdue = now - r.deadlineNanos >= 0;
    if (!overdue && now - r.nextLookNanos < 0) {
      return false;
    }
    boolean merged = false;
    try {
      int present = ChecksummedInput.checksum(r.channel);
      r.nextLookNanos = now + 10 * (ticker.nanos() - now);
      if (present != r.checksum) {
        if (present == r.candidate) {
          merged = merge(r, present);
        }
        r.candidate = present;
        if (present != r.checksum) {
          r.lingerFrom(now);
          overdue = now - r.deadlineNanos >= 0;
        }
      }
    } catch (IOException e) {
      log.warn("{}: an edit may be lost: {}", file, FileOps.reasonOf(e));
      overdue = true;
    }
    if (overdue && !merged) {
      if (r.candidate != r.checksum) {
        log.warn("{}: an edit was begun and not finished; it is not in the file", file);
      }
      letGo(r.channel);
      retired.remove(r);
    }
    return merged;
  }

  /** Brings into the file what was written into a replaced one. */
  private boolean merge(Retired r, int checksum) throws IOException {
    Edition theirs;
    try {
      theirs = Edition.read(r.channel, r.index);
    } catch (UnparsableException e) {
      return false;
    }
    Loaded base = theirs.checksum() == checksum ? reader.loaded() : null;
    if (base == null) {
      return false;
    }
    boolean onlyUs = lastWritten != null && lastWritten == base.checksum() && r.lineage == lineage;
    if (onlyUs) {
      Path target = file.toRealPath();
      FileChannel replaced = ops.openForReading(target);
      boolean done = false;
      try {
        done = swap(base, target, new Splice(r.channel), checksum, false);
        if (!done) {
          return false;
        }
        retire(replaced, base, false);
      } finally {
        if (!done) {
          replaced.close();
        }
      }
      r.lineage = lineage;
    } else {
      MergeEdit[] last = new MergeEdit[1];
      switch (write(() -> last[0] = new MergeEdit(r.index, theirs), false)) {
        case Outcome.Deferred _ -> {
          return false;
        }
        case Outcome.Refused(String reason) -> throw new IOException(reason);
        case Outcome.Written _, Outcome.Unchanged _ -> {}
      }
      // From here on the file and what stands there differ in more than usage.
      r.lineage = Retired.NONE;
      if (!last[0].overruled().isEmpty()) {
        log.warn(
            "{}: an edit of {} was not taken over: changed or removed by somebody else meanwhile",
            file,
            String.join(", ", last[0].overruled()));
      }
    }
    log.info("{}: merged an edit that was made while the file was written", file);
    r.checksum = checksum;
    r.index = theirs.index();
    r.lingerAnewFrom(ticker.nanos());
    return true;
  }

  private static void letGo(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("closing a replaced file failed", e);
    }
  }

  private static Path folderOf(Path target) throws IOException {
    Path folder = target.getParent();
    if (folder == null) {
      throw new IOException("has no folder");
    }
    return folder;
  }

  /** Follows links also when the file at their end does not exist yet. */
  private static Path linkTarget(Path link) throws IOException {
    Path path = link;
    for (int i = 0; i < 40 && Files.isSymbolicLink(path); i++) {
      path = path.resolveSibling(Files.readSymbolicLink(path));
    }
    return path;
  }
}
