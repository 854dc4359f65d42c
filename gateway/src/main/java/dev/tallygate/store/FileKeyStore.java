package dev.tallygate.store;

import dev.tallygate.auth.KeyStore;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key definitions of one JSON file, kept in memory and re-read when the file changes.
 *
 * <p>A look-up is a look at the file's metadata and a search of an immutable index, which a re-read
 * replaces by one volatile write. A daemon thread looks every 250 ms, so that listeners hear of a
 * change within 500 ms; they are called on that thread, and on one that has changed a key itself,
 * never on one that looks something up.
 *
 * <p>A file that cannot be read or parsed never means "no keys": the last good index stays in
 * force. An editor's half-written file is such a one for a moment, so health only changes when the
 * failure lasts. Metadata can miss an edit that keeps the size and falls into the same tick of the
 * file system's clock; so for a while after each change the contents are compared as well.
 */
public final class FileKeyStore implements KeyStore, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileKeyStore.class);

  private static final long POLL_NANOS = Duration.ofMillis(250).toNanos();

  /** How long a failure may be an edit in progress. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

  /** Coarser clocks than this are not known on any file system. */
  private static final long SETTLED_NANOS = Duration.ofSeconds(2).toNanos();

  private static final int MAX_PROBLEM_LINES = 20;
  private static final StoreHealth READY = new StoreHealth.Ready();

  /** A good state of the file: {@code index} is what bytes with this sum mean. */
  record Loaded(Sight sight, int checksum, KeyIndex index) {}

  /**
   * What look-ups see.
   *
   * @param index null while there never was a readable file
   * @param seen what the file looked like when it was last read, successfully or not
   */
  private record State(
      @Nullable KeyIndex index,
      long revision,
      Sight seen,
      StoreHealth health,
      List<EntryProblem> problems) {}

  private record Notice(Set<KeyDigest> digests, long revision) {}

  private final Path file;
  private final Ticker ticker;
  private final FileOps ops;
  private final UsageImport usage;
  private final KeyFileWriter writer;
  private final HeapAdvice advice;
  private final List<ChangeListener> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock delivery = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final @Nullable Thread poller;
  private volatile boolean closed;
  private volatile State state;

  // Guarded by the lock, from here to the end.
  private final Queue<Notice> notices = new ArrayDeque<>();
  private int checksum;
  private boolean everRead;
  // Whether there ever was an index, the empty one of a missing file among them.
  private boolean everAnswered;
  private @Nullable String failure;
  private @Nullable String reported;
  private long failingSinceNanos;
  private long seenSinceNanos;
  private long comparedNanos;
  private long nextCompareNanos;
  // Whether the checksum is that of what was seen last.
  private boolean comparable;

  /** Loads the file and starts to watch it; usage in the file is ignored. */
  public FileKeyStore(Path file, Ticker ticker) {
    this(file, ticker, (id, imported) -> {});
  }

  /**
   * Loads the file and starts to watch it. Blocks while it reads; a file that cannot be read is not
   * an error here but {@link StoreHealth.NotReady}.
   *
   * @param usage is told the usage that the entries show, before the keys can be looked up
   */
  public FileKeyStore(Path file, Ticker ticker, UsageImport usage) {
    this(file, ticker, usage, new FileOps(), true);
  }

  /**
   * As {@link #FileKeyStore(Path, Ticker, UsageImport)}, for the one gateway that holds the lock of
   * the file's folder: what a killed one has left beside the file is removed.
   */
  public static FileKeyStore ofTheOnlyGateway(Path file, Ticker ticker, UsageImport usage) {
    TempNames temps = TempNames.ofTheOnlyGateway(ticker, file);
    FileKeyStore store = new FileKeyStore(file, ticker, usage, new FileOps(), true, temps);
    store.writer.sweep();
    return store;
  }

  FileKeyStore(Path file, Ticker ticker, UsageImport usage, FileOps ops, boolean watch) {
    this(file, ticker, usage, ops, watch, TempNames.ofOneOfMany(ticker));
  }

  private FileKeyStore(
      Path file, Ticker ticker, UsageImport usage, FileOps ops, boolean watch, TempNames temps) {
    this.file = file;
    this.ticker = ticker;
    this.usage = usage;
    this.ops = ops;
    this.writer = new KeyFileWriter(this, file, ticker, ops, temps);
    this.advice = new HeapAdvice(file, Runtime.getRuntime().maxMemory());
    this.state =
        new State(
            null, 0, new Sight.Unreadable(""), new StoreHealth.NotReady("not read yet"), List.of());
    Path lockFolder = file.resolveSibling(file.getFileName() + ".lock");
    if (Files.exists(lockFolder, LinkOption.NOFOLLOW_LINKS)) {
      log.info(
          "{} was left by another program; Tallygate does not use it and ignores it", lockFolder);
    }
    refresh(false);
    this.poller =
        watch ? Thread.ofPlatform().daemon().name("key-file-watch").start(this::watch) : null;
  }

  @Override
  public Lookup find(KeyDigest digest) throws StoreUnavailableException {
    State now = current();
    return new Lookup(indexOf(now).find(digest, ticker.now()), now.revision());
  }

  @Override
  public Snapshot snapshot() throws StoreUnavailableException {
    State now = current();
    return new Snapshot(indexOf(now).keys(), now.revision());
  }

  /** The definition in force of an id, or null. */
  @Nullable ApiKey byId(String id) throws StoreUnavailableException {
    return indexOf(current()).byId(id);
  }

  @Override
  public void onChange(ChangeListener listener) {
    listeners.add(listener);
  }

  /** What {@code /health} says of the keys. */
  public StoreHealth health() {
    return state.health();
  }

  /** The entries of the file that are refused, in its order. */
  public List<EntryProblem> problems() {
    return state.problems();
  }

  /** Raised by one with every change of any definition. */
  public long revision() {
    return state.revision();
  }

  /** Stops watching. Look-ups go on answering from what was read last. */
  @Override
  public void close() {
    closed = true;
    if (poller != null) {
      LockSupport.unpark(poller);
      try {
        poller.join(Duration.ofSeconds(1));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    writer.close();
  }

  /** Reads the file again, whatever it looks like, and tells the listeners what has changed. */
  public void readAgain() {
    lock.lock();
    try {
      comparable = false;
    } finally {
      lock.unlock();
    }
    poll();
  }

  /** One round of the watch: look, compare, re-read, tell the listeners. */
  void poll() {
    refresh(true);
    deliver();
  }

  /** After a change of our own: it is read, and every listener has heard of it. */
  void settle() {
    refresh(false);
    deliver();
  }

  KeyFileWriter writer() {
    return writer;
  }

  Path file() {
    return file;
  }

  /** Whether the file is missing and always was, so that a first one may be begun. */
  boolean hasNoFileYet() {
    lock.lock();
    try {
      refresh(false);
      return !everRead && failure == null && state.seen() instanceof Sight.Missing;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is no file now. */
  boolean isMissing() {
    return state.seen() instanceof Sight.Missing;
  }

  /** The present good state, or null while the file is missing, unreadable or unparsable. */
  @Nullable Loaded loaded() {
    lock.lock();
    try {
      refresh(false);
      State now = state;
      return now.index() != null && failure == null && now.seen() instanceof Sight.Present
          ? new Loaded(now.seen(), checksum, now.index())
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
      Sight before = state.seen();
      if (!swap.run()) {
        return false;
      }
      if (newChecksum != null && before.equals(base.sight()) && failure == null) {
        Sight after = ops.look(file);
        if (after instanceof Sight.Present) {
          // Should somebody have replaced it again already, the comparison of contents will tell.
          checksum = newChecksum;
          see(after);
          state = new State(state.index(), state.revision(), after, READY, state.problems());
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void watch() {
    while (!closed) {
      try {
        poll();
      } catch (RuntimeException e) {
        log.error("the watch over {} failed once and goes on", file, e);
      }
      LockSupport.parkNanos(this, POLL_NANOS);
    }
  }

  private State current() {
    if (!ops.look(file).equals(state.seen())) {
      refresh(false);
    }
    return state;
  }

  private static KeyIndex indexOf(State state) throws StoreUnavailableException {
    if (state.index() != null) {
      return state.index();
    }
    throw new StoreUnavailableException(
        state.health() instanceof StoreHealth.NotReady(String reason) ? reason : "not read yet");
  }

  private void refresh(boolean thorough) {
    lock.lock();
    try {
      for (int attempt = 0; attempt < 3; attempt++) {
        Sight sight = ops.look(file);
        if (sight.equals(state.seen()) && !(thorough && differsInside())) {
          reportIfLasting();
          return;
        }
        switch (sight) {
          case Sight.Missing missing -> {
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
      comparable = false;
      failed("it keeps changing while it is read");
    } finally {
      lock.unlock();
    }
  }

  /** Whether a file that looks the same holds something else than what was read. */
  private boolean differsInside() {
    if (!(state.seen() instanceof Sight.Present)) {
      return false;
    }
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

  private void see(Sight sight) {
    if (!sight.equals(state.seen())) {
      seenSinceNanos = ticker.nanos();
      comparedNanos = seenSinceNanos;
      nextCompareNanos = seenSinceNanos;
      State s = state;
      state = new State(s.index(), s.revision(), sight, s.health(), s.problems());
    }
  }

  private Reading read(Sight.Present present) {
    advice.beforeReading(present.size());
    Reading reading = Reading.of(file, ops, state.index());
    // A failing disk or a permission may mend without a trace in the metadata.
    comparable = reading.checksum() != null;
    if (reading.checksum() != null) {
      checksum = reading.checksum();
    }
    return reading;
  }

  private void publish(Reading.Good good) {
    State old = state;
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
    state = new State(good.index(), revision, old.seen(), READY, good.problems());
    if (reported != null) {
      log.info("{}: can be read again, {} keys", file, good.index().keys().size());
    } else if (!everRead) {
      log.info("{}: {} keys", file, good.index().keys().size());
    } else if (!changed.isEmpty()) {
      log.info("{}: changed, {} keys now", file, good.index().keys().size());
    }
    everRead = true;
    failure = null;
    reported = null;
    logNew(good.problems(), old.problems());
    announce(changed, revision);
  }

  private void missing() {
    if (everRead) {
      failed("the file has vanished");
      return;
    }
    if (state.index() == null) {
      StoreHealth health = new StoreHealth.Degraded(told("it does not exist: there are no keys"));
      state = new State(KeyIndex.EMPTY, state.revision() + 1, state.seen(), health, List.of());
      everAnswered = true;
      failure = null;
      reported = null;
      log.warn("{} does not exist: there are no keys until it does", file);
    }
  }

  private void failed(String reason) {
    if (failure == null) {
      failingSinceNanos = ticker.nanos();
    }
    failure = reason;
    if (!everRead) {
      // Not even the empty set of a missing file may stand in for keys that cannot be read.
      State s = state;
      state =
          new State(
              null, s.revision(), s.seen(), new StoreHealth.NotReady(told(reason)), List.of());
      report(reason, "no key can be checked until it is mended");
    } else {
      reportIfLasting();
    }
  }

  private void reportIfLasting() {
    String reason = failure;
    if (reason != null && everRead && ticker.nanos() - failingSinceNanos >= PATIENCE_NANOS) {
      State s = state;
      state =
          new State(
              s.index(),
              s.revision(),
              s.seen(),
              new StoreHealth.Degraded(told(reason)),
              s.problems());
      report(reason, "the last good keys stay in force until it is mended");
    }
  }

  private void report(String reason, String consequence) {
    if (!reason.equals(reported)) {
      reported = reason;
      log.error("{}: {}; {}", file, reason, consequence);
    }
  }

  private String told(String reason) {
    return "key file " + file + ": " + reason;
  }

  private void logNew(List<EntryProblem> problems, List<EntryProblem> known) {
    Set<EntryProblem> old = new HashSet<>(known);
    int lines = 0;
    for (EntryProblem problem : problems) {
      if (old.contains(problem)) {
        continue;
      }
      if (++lines > MAX_PROBLEM_LINES) {
        log.warn("{}: {} refused entries in all", file, problems.size());
        return;
      }
      log.warn("{}: refused {}", file, problem);
    }
  }

  private void announce(Set<KeyDigest> changed, long revision) {
    if (!changed.isEmpty()) {
      notices.add(new Notice(Set.copyOf(changed), revision));
      if (poller != null) {
        LockSupport.unpark(poller);
      }
    }
  }

  /** Returns when the listeners have heard of all changes, also those that another thread tells. */
  private void deliver() {
    delivery.lock();
    try {
      for (Notice notice = next(); notice != null; notice = next()) {
        for (ChangeListener listener : listeners) {
          try {
            listener.changed(notice.digests(), notice.revision());
          } catch (RuntimeException e) {
            log.error("a listener failed on a change of keys", e);
          }
        }
      }
    } finally {
      delivery.unlock();
    }
  }

  private @Nullable Notice next() {
    lock.lock();
    try {
      return notices.poll();
    } finally {
      lock.unlock();
    }
  }
}
