package dev.tallygate.store;

import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.NewKey;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Administers the keys of the key file, safely beside people, the usage mirror and other processes.
 * Thread-safe; a method that changes the file blocks for up to 2 s while somebody else edits it,
 * and as long again until what it wrote is in force.
 */
public final class KeyFileEditor implements KeyAdministration {
  private final FileKeyStore store;
  private final KeyFileReader reader;
  private final KeyFileWriter writer;
  private final Ticker ticker;

  /** Edits the file that this store reads. */
  public KeyFileEditor(FileKeyStore store, Ticker ticker) {
    this.store = store;
    this.reader = store.reader();
    this.writer = store.writer();
    this.ticker = ticker;
  }

  @Override
  public Collection<ApiKey> keys() throws StoreUnavailableException {
    return store.snapshot().keys();
  }

  @Override
  public @Nullable ApiKey key(String id) throws StoreUnavailableException {
    return store.byId(id);
  }

  /**
   * For a process that only edits, before it ends: looks after what people still write into files
   * that were replaced. Blocks for 2 s where there is such a file, for at most 10 s while somebody
   * writes; not at all where a lease kept them from it.
   */
  public void linger() {
    writer.linger();
  }

  /**
   * Adds an entry. Begins the file, readable by its owner only, and its folder where they are
   * missing.
   */
  @Override
  public ApiKey create(NewKey spec) throws IOException {
    ApiKey key = define(spec, ticker.now().truncatedTo(ChronoUnit.MILLIS));
    String first = DefinitionText.entry(key, EntryText.TWO_SPACES);
    for (Patience patience = new Patience(store, "add a key to"); ; patience.pause()) {
      if (reader.hasNoFileYet()) {
        if (patience.isDone(
            writer.begin(NewEntries.document(List.of(first))),
            () -> isThere(key),
            why -> new NotInForceException(why, key))) {
          return key;
        }
      } else {
        if (patience.isDone(
            writer.write(() -> new AddEdit(key), false),
            () -> isThere(key),
            why -> new NotInForceException(why, key))) {
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
    for (Patience patience = new Patience(store, "change a key in"); ; patience.pause()) {
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
      if (patience.isDone(
          writer.write(() -> last[0] = new ChangeEdit(from, to), false),
          () -> !from.equals(store.byId(id)),
          why -> new NotInForceException(why, last[0].result()))) {
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
    for (Patience patience = new Patience(store, "remove a key from"); ; patience.pause()) {
      ApiKey key = present(id, patience);
      if (key == null) {
        continue;
      }
      check.accept(key);
      if (patience.isDone(
          writer.write(() -> new RemoveEdit(key), false),
          () -> !key.equals(store.byId(id)),
          why -> new NotInForceException(why, key))) {
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
    for (Patience patience = new Patience(store, "add keys to"); ; patience.pause()) {
      ImportEdit[] last = {new ImportEdit(entries)};
      KeyFileWriter.Outcome outcome;
      if (reader.hasNoFileYet()) {
        List<String> texts = last[0].texts();
        outcome =
            texts.isEmpty()
                ? new KeyFileWriter.Outcome.Unchanged()
                : writer.begin(NewEntries.document(texts));
      } else {
        outcome = writer.write(() -> last[0] = new ImportEdit(entries), false);
      }
      if (outcome instanceof KeyFileWriter.Outcome.Unchanged
          || patience.isDone(outcome, () -> areThere(last[0].result().added()), IOException::new)) {
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
    for (Patience patience = new Patience(store, "replace secrets in"); ; patience.pause()) {
      if (reader.hasNoFileYet()) {
        return List.of();
      }
      HashEdit[] last = {new HashEdit()};
      KeyFileWriter.Outcome outcome = writer.write(() -> last[0] = new HashEdit(), false);
      // No definition changes by it, so that nothing has to come into force.
      if (outcome instanceof KeyFileWriter.Outcome.Unchanged
          || patience.isDone(outcome, () -> true, IOException::new)) {
        return last[0].hashed();
      }
    }
  }

  private boolean isThere(ApiKey key) throws StoreUnavailableException {
    return store.byId(key.id()) != null;
  }

  private boolean areThere(List<ApiKey> keys) throws StoreUnavailableException {
    for (ApiKey key : keys) {
      if (!isThere(key)) {
        return false;
      }
    }
    return true;
  }

  /** The definition as it is in force; null: the file cannot be read right now. */
  private @Nullable ApiKey present(String id, Patience patience) throws UnknownKeyException {
    if (reader.hasNoFileYet()) {
      throw new UnknownKeyException(id);
    }
    Loaded now = reader.loaded();
    if (now == null) {
      patience.because(reader.whyNotLoaded());
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
        spec.disabled(),
        spec.upstreamKey(),
        spec.quotaMode(),
        null);
  }
}
