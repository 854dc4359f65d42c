package dev.tallygate.store;

import dev.tallygate.auth.KeyStore;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key definitions of one JSON file, kept in memory and re-read when the file changes.
 *
 * <p>A look-up is a look at the file's metadata and a search of an immutable index, which a re-read
 * replaces by one volatile write ({@link KeyFileReader}). A daemon thread looks every 250 ms, so
 * that listeners hear of a change within 500 ms; they are called on that thread, and on one that
 * has changed a key itself, never on one that looks something up.
 */
public final class FileKeyStore implements KeyStore, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FileKeyStore.class);

  private final Path file;
  private final Ticker ticker;
  private final KeyFileWatch watch;
  private final ChangeNotices notices;
  private final KeyFileReader reader;
  private final KeyFileWriter writer;

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

  FileKeyStore(Path file, Ticker ticker, UsageImport usage, FileOps ops, boolean watched) {
    this(file, ticker, usage, ops, watched, TempNames.ofOneOfMany(ticker));
  }

  private FileKeyStore(
      Path file, Ticker ticker, UsageImport usage, FileOps ops, boolean watched, TempNames temps) {
    this.file = file;
    this.ticker = ticker;
    this.watch = new KeyFileWatch(file, this::poll);
    this.notices = new ChangeNotices(watch::wake);
    this.reader = new KeyFileReader(file, ticker, ops, usage, notices);
    this.writer = new KeyFileWriter(reader, file, ticker, ops, temps);
    Path lockFolder = file.resolveSibling(file.getFileName() + ".lock");
    if (Files.exists(lockFolder, LinkOption.NOFOLLOW_LINKS)) {
      log.info(
          "{} was left by another program; Tallygate does not use it and ignores it", lockFolder);
    }
    reader.refresh(false);
    if (watched) {
      watch.start();
    }
  }

  @Override
  public Lookup find(KeyDigest digest) throws StoreUnavailableException {
    KeyFileView now = reader.current();
    return new Lookup(now.inForce().find(digest, ticker.now()), now.revision());
  }

  @Override
  public Snapshot snapshot() throws StoreUnavailableException {
    KeyFileView now = reader.current();
    return new Snapshot(now.inForce().keys(), now.revision());
  }

  /** The definition in force of an id, or null. */
  @Nullable ApiKey byId(String id) throws StoreUnavailableException {
    return reader.current().inForce().byId(id);
  }

  @Override
  public void onChange(ChangeListener listener) {
    notices.addListener(listener);
  }

  /** What {@code /health} says of the keys. */
  public StoreHealth health() {
    return reader.view().health();
  }

  /** The entries of the file that are refused, in its order. */
  public List<EntryProblem> problems() {
    return reader.view().problems();
  }

  /** Raised by one with every change of any definition. */
  public long revision() {
    return reader.view().revision();
  }

  /** Stops watching. Look-ups go on answering from what was read last. */
  @Override
  public void close() {
    watch.close();
    writer.close();
  }

  /** Reads the file again, whatever it looks like, and tells the listeners what has changed. */
  public void readAgain() {
    reader.doubt();
    poll();
  }

  /** One round of the watch: look, compare, re-read, tell the listeners. */
  void poll() {
    reader.refresh(true);
    notices.deliver();
  }

  /** After a change of our own: it is read, and every listener has heard of it. */
  void settle() {
    reader.refresh(false);
    notices.deliver();
  }

  KeyFileReader reader() {
    return reader;
  }

  KeyFileWriter writer() {
    return writer;
  }

  Path file() {
    return file;
  }
}
