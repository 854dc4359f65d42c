package dev.tallygate.store;

import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.NewKey;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Administers the keys of the key file, safely beside people, the usage mirror and other processes.
 * Thread-safe; a method that changes the file blocks for up to 2 s while somebody else edits it.
 */
public final class KeyFileEditor implements KeyAdministration {
  private static final int TRIES = 40;
  private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();

  private final FileKeyStore store;
  private final Path file;
  private final Ticker ticker;

  /** Edits the file that this store reads. */
  public KeyFileEditor(FileKeyStore store, Ticker ticker) {
    this.store = store;
    this.file = store.file();
    this.ticker = ticker;
  }

  @Override
  public Collection<ApiKey> keys() throws StoreUnavailableException {
    return store.snapshot().keys();
  }

  /**
   * Adds an entry. Begins the file, readable by its owner only, and its folder where they are
   * missing.
   */
  @Override
  public ApiKey create(NewKey spec) throws IOException {
    ApiKey key = define(spec, ticker.now().truncatedTo(ChronoUnit.MILLIS));
    String first = DefinitionText.entry(key, EntryText.TWO_SPACES);
    for (Patience patience = new Patience("add a key to"); ; patience.pause()) {
      if (store.hasNoFileYet()) {
        if (patience.isDone(store.writer().begin(NewEntries.document(List.of(first))))) {
          return key;
        }
      } else {
        if (patience.isDone(store.writer().write(() -> new AddEdit(key), false))) {
          return key;
        }
      }
    }
  }

  /**
   * Writes the members that differ into the key's entry, where they stand or, new ones, where they
   * belong; also the id where the entry has none. A new digest replaces a secret in plain text.
   */
  @Override
  public ApiKey change(String id, UnaryOperator<ApiKey> edit)
      throws UnknownKeyException, IOException {
    for (Patience patience = new Patience("change a key in"); ; patience.pause()) {
      ApiKey from = present(id, patience);
      if (from == null) {
        continue;
      }
      ApiKey to = edit.apply(from);
      if (!to.id().equals(id)) {
        throw new IllegalArgumentException("id: it cannot be changed");
      }
      if (!DefinitionText.differ(from, to)) {
        return from;
      }
      ChangeEdit[] last = new ChangeEdit[1];
      if (patience.isDone(store.writer().write(() -> last[0] = new ChangeEdit(from, to), false))) {
        return last[0].result();
      }
    }
  }

  /**
   * Removes the entry, and with it those that were refused because they repeat its id or its
   * secret: none of them may come into force now.
   */
  @Override
  public void remove(String id, Consumer<ApiKey> check) throws UnknownKeyException, IOException {
    for (Patience patience = new Patience("remove a key from"); ; patience.pause()) {
      ApiKey key = present(id, patience);
      if (key == null) {
        continue;
      }
      check.accept(key);
      if (patience.isDone(store.writer().write(() -> new RemoveEdit(key), false))) {
        return;
      }
    }
  }

  /**
   * Adds the entries of another key file, with their usage and members unknown here; of a secret
   * the digest is kept. Those that are refused or here already are skipped.
   *
   * @throws IOException when one of the files cannot be read or this one cannot be changed; the
   *     message says why
   */
  public KeyImport addAll(Path other) throws IOException {
    List<ImportEdit.Other> entries = ImportEdit.read(other, new FileOps());
    for (Patience patience = new Patience("add keys to"); ; patience.pause()) {
      ImportEdit[] last = {new ImportEdit(entries)};
      KeyFileWriter.Outcome outcome;
      if (store.hasNoFileYet()) {
        List<String> texts = last[0].texts();
        outcome =
            texts.isEmpty()
                ? new KeyFileWriter.Outcome.Unchanged()
                : store.writer().begin(NewEntries.document(texts));
      } else {
        outcome = store.writer().write(() -> last[0] = new ImportEdit(entries), false);
      }
      if (outcome instanceof KeyFileWriter.Outcome.Unchanged || patience.isDone(outcome)) {
        return last[0].result();
      }
    }
  }

  /**
   * Replaces every secret in plain text by its digest, in refused entries too.
   *
   * @return the ids of the keys whose entries changed
   * @throws IOException when the file cannot be changed; the message says why
   */
  public List<String> hashSecrets() throws IOException {
    for (Patience patience = new Patience("replace secrets in"); ; patience.pause()) {
      if (store.hasNoFileYet()) {
        return List.of();
      }
      HashEdit[] last = {new HashEdit()};
      KeyFileWriter.Outcome outcome = store.writer().write(() -> last[0] = new HashEdit(), false);
      if (outcome instanceof KeyFileWriter.Outcome.Unchanged || patience.isDone(outcome)) {
        return last[0].hashed();
      }
    }
  }

  /** Waits for others to be done with the file, but not for ever. */
  private final class Patience {
    private final String purpose;
    private int pauses;
    private String reason = "it is being edited";

    Patience(String purpose) {
      this.purpose = purpose;
    }

    /** Whether the file is written and what was written is in force; false: try again. */
    boolean isDone(KeyFileWriter.Outcome outcome) throws IOException {
      switch (outcome) {
        case KeyFileWriter.Outcome.Written _ -> {
          store.settle();
          return true;
        }
        // It changed between our look at it and the write.
        case KeyFileWriter.Outcome.Unchanged _ -> reason = "it is being edited";
        case KeyFileWriter.Outcome.Deferred(String why) -> reason = why;
        case KeyFileWriter.Outcome.Refused(String why) -> throw new IOException(told(why));
      }
      return false;
    }

    void because(String why) {
      reason = why;
    }

    void pause() throws IOException {
      if (++pauses == TRIES) {
        throw new IOException(told(reason) + "; mend the file or try again");
      }
      LockSupport.parkNanos(this, PAUSE_NANOS);
    }

    private String told(String why) {
      return "cannot " + purpose + " " + file + ": " + why;
    }
  }

  /** The definition as it is in force; null: the file cannot be read right now. */
  private @Nullable ApiKey present(String id, Patience patience) throws UnknownKeyException {
    if (store.hasNoFileYet()) {
      throw new UnknownKeyException(id);
    }
    FileKeyStore.Loaded now = store.loaded();
    if (now == null) {
      patience.because(store.whyNotLoaded());
      return null;
    }
    ApiKey key = now.index().byId(id);
    if (key == null) {
      throw new UnknownKeyException(id);
    }
    return key;
  }

  private static ApiKey define(NewKey spec, Instant now) {
    String id = spec.id() == null ? ApiKey.defaultId(spec.digest()) : spec.id();
    Instant expiry =
        spec.expiresAt() == null
            ? now.atOffset(ZoneOffset.UTC).plusYears(1).toInstant()
            : spec.expiresAt().truncatedTo(ChronoUnit.MILLIS);
    return new ApiKey(
        id,
        spec.digest(),
        id,
        spec.name(),
        spec.model(),
        spec.models(),
        spec.tokenLimitPer5h(),
        spec.requestsPerMinute(),
        spec.maxConcurrent(),
        expiry,
        now,
        false,
        spec.upstreamKey(),
        spec.quotaMode(),
        null);
  }
}
