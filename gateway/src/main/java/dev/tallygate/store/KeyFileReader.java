package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads the key file when it looks otherwise than before, and holds what was last read well.
 * Thread-safe.
 *
 * <p>What look-ups see is one immutable {@link KeyFileView}, which is replaced by one volatile
 * write and only under the lock; so is all else changed that is known of the file. Who finds the
 * file as it was takes no lock; who finds it changed reads it, while others who do so wait.
 *
 * <p>A file that cannot be read or parsed never means "no keys": the last good index stays in
 * force. An editor's half-written file is such a one for a moment, so health only changes when the
 * failure lasts.
 */
final class KeyFileReader {
  /** How long a failure may be an edit in progress. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

  private static final int ATTEMPTS = 3;
  private static final StoreHealth READY = new StoreHealth.Ready();

  private final Path file;
  private final Ticker ticker;
  private final FileOps ops;
  private final UsageImport usage;
  private final ChangeNotices notices;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile KeyFileView view = KeyFileView.NONE;

  // Guarded by the lock, from here to the end.
  private final HeapAdvice advice;
  private final KeyFileLog lines;
  private final ContentCheck content;
  private boolean everRead;
  // Whether there ever was an index, the empty one of a missing file among them.
  private boolean everAnswered;
  private @Nullable String failure;
  private long failingSinceNanos;

  /**
   * Has read nothing yet.
   *
   * @param usage is told the usage that the entries show, before the keys can be looked up
   * @param notices where changes are added
   */
  KeyFileReader(Path file, Ticker ticker, FileOps ops, UsageImport usage, ChangeNotices notices) {
    this.file = file;
    this.ticker = ticker;
    this.ops = ops;
    this.usage = usage;
    this.notices = notices;
    this.advice = new HeapAdvice(file, Runtime.getRuntime().maxMemory());
    this.lines = new KeyFileLog(file);
    this.content = new ContentCheck(file, ticker, ops);
  }

  /** What was seen last; no look at the file. */
  KeyFileView view() {
    return view;
  }

  /** The same after a look at the file's metadata, and a re-read where these differ. */
  KeyFileView current() {
    if (!ops.look(file).equals(view.seen())) {
      refresh(false);
    }
    return view;
  }

  /** The next thorough look reads the file, whatever it looks like. */
  void doubt() {
    lock.lock();
    try {
      content.doubt();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the file is missing and always was, so that a first one may be begun. */
  boolean hasNoFileYet() {
    lock.lock();
    try {
      refresh(false);
      return !everRead && failure == null && isMissing();
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is no file now. */
  boolean isMissing() {
    return view.seen() instanceof Sight.Missing;
  }

  /** The present good state, or null while the file is missing, unreadable or unparsable. */
  @Nullable Loaded loaded() {
    lock.lock();
    try {
      refresh(false);
      KeyFileView now = view;
      return now.index() != null && failure == null && now.seen() instanceof Sight.Present
          ? new Loaded(now.seen(), content.checksum(), now.index())
          : null;
    } finally {
      lock.unlock();
    }
  }

  /** Why {@link #loaded} is null; for messages. */
  String whyNotLoaded() {
    lock.lock();
    try {
      return failure == null ? "it does not exist" : failure;
    } finally {
      lock.unlock();
    }
  }

  /** The last step of a write of our own. */
  @FunctionalInterface
  interface Swap {
    /** Returns false when somebody else was faster, and nothing has changed. */
    boolean run() throws IOException;
  }

  /**
   * Replaces the file, if it still is what {@code base} says.
   *
   * @param newChecksum of a new content that defines the same keys, so that it need not be read;
   *     null when it must be
   * @return whether it is replaced
   */
  boolean replace(Loaded base, Swap swap, @Nullable Integer newChecksum) throws IOException {
    lock.lock();
    try {
      if (!ops.look(file).equals(base.sight())) {
        return false;
      }
      Sight before = view.seen();
      if (!swap.run()) {
        return false;
      }
      if (newChecksum != null && before.equals(base.sight()) && failure == null) {
        Sight after = ops.look(file);
        if (after instanceof Sight.Present) {
          // Should somebody have replaced it again already, the comparison of contents will tell.
          content.written(newChecksum);
          see(after);
          view = view.withHealth(READY);
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Looks at the file and reads it where it has changed.
   *
   * @param thorough whether a change that the metadata do not show is looked for as well
   */
  void refresh(boolean thorough) {
    lock.lock();
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Sight sight = ops.look(file);
        if (sight.equals(view.seen()) && !(thorough && differsInside(sight))) {
          reportIfLasting();
          return;
        }
        switch (sight) {
          case Sight.Missing _ -> {
            see(sight);
            missing();
            return;
          }
          case Sight.Unreadable(String reason) -> {
            see(sight);
            failed(reason);
            return;
          }
          case Sight.Present present -> {
            Reading reading = read(present);
            if (ops.look(file).equals(sight)) {
              see(sight);
              switch (reading) {
                case Reading.Good good -> publish(good);
                case Reading.Bad bad -> failed(bad.reason());
              }
              return;
            }
          }
        }
      }
      // Somebody is writing right now; the next look comes soon enough.
      content.doubt();
      failed("it keeps changing while it is read");
    } finally {
      lock.unlock();
    }
  }

  private boolean differsInside(Sight sight) {
    return sight instanceof Sight.Present && content.differs();
  }

  private void see(Sight sight) {
    if (!sight.equals(view.seen())) {
      content.begin();
      view = view.seenAs(sight);
    }
  }

  private Reading read(Sight.Present present) {
    advice.beforeReading(present.size());
    Reading reading = Reading.of(file, ops, view.index());
    content.read(reading.checksum());
    return reading;
  }

  private void publish(Reading.Good good) {
    KeyFileView old = view;
    KeyIndex before = old.index() == null ? KeyIndex.EMPTY : old.index();
    // Where no look-up ever had an answer, none has become wrong and nobody need be told: for a
    // million keys that would take as much memory as their index.
    Set<KeyDigest> changed = everAnswered ? good.index().changedSince(before) : Set.of();
    everAnswered = true;
    // First the past, then the key: nobody may be admitted on an empty window by mistake.
    for (ApiKey key : good.index().keys()) {
      usage.shown(key.id(), good.usage().getOrDefault(key.id(), KeyUsage.NONE));
    }
    long revision = old.index() == null || !changed.isEmpty() ? old.revision() + 1 : old.revision();
    view = new KeyFileView(good.index(), revision, old.seen(), READY, good.problems());
    everRead = true;
    failure = null;
    lines.read(good.index().keys().size(), !changed.isEmpty());
    lines.refused(good.problems(), old.problems());
    if (!changed.isEmpty()) {
      notices.add(changed, revision);
    }
  }

  private void missing() {
    if (everRead) {
      failed("the file has vanished");
      return;
    }
    KeyFileView old = view;
    if (old.index() == null) {
      StoreHealth health = new StoreHealth.Degraded(told("it does not exist: there are no keys"));
      view = new KeyFileView(KeyIndex.EMPTY, old.revision() + 1, old.seen(), health, List.of());
      everAnswered = true;
      failure = null;
      lines.missing();
    }
  }

  private void failed(String reason) {
    if (failure == null) {
      failingSinceNanos = ticker.nanos();
    }
    failure = reason;
    if (everRead) {
      reportIfLasting();
    } else {
      // Not even the empty set of a missing file may stand in for keys that cannot be read.
      view = view.withoutKeys(told(reason));
      lines.failed(reason, "no key can be checked until it is mended");
    }
  }

  private void reportIfLasting() {
    String reason = failure;
    if (reason != null && everRead && ticker.nanos() - failingSinceNanos >= PATIENCE_NANOS) {
      view = view.withHealth(new StoreHealth.Degraded(told(reason)));
      lines.failed(reason, "the last good keys stay in force until it is mended");
    }
  }

  private String told(String reason) {
    return "key file " + file + ": " + reason;
  }
}
