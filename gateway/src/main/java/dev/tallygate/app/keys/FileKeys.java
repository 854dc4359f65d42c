package dev.tallygate.app.keys;

import dev.tallygate.app.cli.CommandException;
import dev.tallygate.auth.KeyAdministration.NotInForceException;
import dev.tallygate.auth.KeyAdministration.UnknownKeyException;
import dev.tallygate.auth.NewKey;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.keys.JsonFields;
import dev.tallygate.keys.KeyFields;
import dev.tallygate.keys.KeyJson;
import dev.tallygate.keys.Rotation;
import dev.tallygate.keys.Rotation.PreviousInGraceException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.store.EntryProblem;
import dev.tallygate.store.FileKeyStore;
import dev.tallygate.store.KeyFileEditor;
import dev.tallygate.store.KeyImport;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.store.UsageWindow;
import dev.tallygate.store.ledger.LedgerReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** The keys of a key file. A gateway that runs on it sees every change at once. */
final class FileKeys implements Keys {
  private static final String GONE =
      "there is no key file %s, but the ledger beside it knows keys. Restore the file";

  private final Path file;
  private final Ticker ticker;
  private final Map<String, KeyUsage> usage = new ConcurrentHashMap<>();
  private final FileKeyStore store;
  private final KeyFileEditor editor;

  FileKeys(Path file, Ticker ticker) {
    this.file = file;
    this.ticker = ticker;
    this.store = new FileKeyStore(file, ticker, usage::put);
    this.editor = new KeyFileEditor(store, ticker);
  }

  @Override
  public List<KeyView> list() throws CommandException, IOException {
    requireNotGone();
    try {
      return editor.keys().stream().map(this::view).toList();
    } catch (StoreUnavailableException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  /**
   * What people should know who make a key where there may be no file yet.
   *
   * @param newFileIsMeant also where keys have been in use
   * @throws CommandException when there was one, which a new one would take the place of
   */
  List<String> remarksAtFirst(boolean newFileIsMeant) throws CommandException, IOException {
    if (Files.exists(file)) {
      return List.of();
    }
    if (!newFileIsMeant && isGone()) {
      throw new CommandException(
          GONE.formatted(absolute())
              + ": with a new one all its keys would be refused as unknown; --new-file makes one"
              + " nevertheless");
    }
    return List.of("There was no key file; " + absolute() + " is new.");
  }

  private void requireNotGone() throws CommandException, IOException {
    if (isGone()) {
      throw new CommandException(
          GONE.formatted(absolute()) + ": a gateway that is started without it lets nobody in");
    }
  }

  /** Whether there is no file where one has been in use. */
  private boolean isGone() throws IOException {
    return !Files.exists(file)
        && new LedgerReader(Objects.requireNonNull(absolute().getParent())).knowsKeys();
  }

  private Path absolute() {
    return file.toAbsolutePath();
  }

  /** What people should know about the file. */
  List<String> remarks() {
    if (!Files.exists(file)) {
      return List.of("There is no key file " + file + " yet.");
    }
    return store.problems().stream().map(problem -> "Refused: " + problem).toList();
  }

  @Override
  public NewSecret create(ObjectNode fields) throws CommandException, IOException {
    String secret = GatewaySecret.generate(new SecureRandom());
    NewKey wanted =
        new KeyFields(JsonFields.of(fields, KeyFields.OF_A_NEW_KEY))
            .newKey(KeyDigest.of(secret), ticker.now());
    try {
      return new NewSecret(view(editor.create(wanted)), secret, null);
    } catch (NotInForceException e) {
      return new NewSecret(view(e.key()), secret, e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public KeyView change(String id, ObjectNode fields) throws CommandException, IOException {
    Consumer<KeyDraft> changes =
        new KeyFields(JsonFields.of(fields, KeyFields.OF_A_CHANGE)).changes();
    return view(
        edit(
            id,
            key -> {
              KeyDraft draft = new KeyDraft(key);
              changes.accept(draft);
              return draft.key();
            }));
  }

  @Override
  public NewSecret rotate(String id, Rotation rotation) throws CommandException, IOException {
    String secret = GatewaySecret.generate(new SecureRandom());
    try {
      ApiKey key = edit(id, old -> rotation.of(old, KeyDigest.of(secret), ticker.now()));
      return new NewSecret(view(key), secret, null);
    } catch (NotInForceException e) {
      return new NewSecret(view(e.key()), secret, e.getMessage());
    }
  }

  @Override
  public void remove(String id) throws CommandException, IOException {
    try {
      editor.remove(id, key -> {});
    } catch (UnknownKeyException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Imported importFrom(Path other) throws IOException {
    KeyImport result = editor.addAll(other);
    return new Imported(
        result.added().stream().map(ApiKey::id).toList(),
        result.skipped().stream().map(EntryProblem::toString).toList(),
        List.of(),
        null);
  }

  /** Keeps of every secret in plain text only the digest; returns the ids of its keys. */
  List<String> hashSecrets() throws CommandException, IOException {
    requireNotGone();
    return editor.hashSecrets();
  }

  @Override
  public void close() {
    editor.linger();
    store.close();
  }

  private ApiKey edit(String id, UnaryOperator<ApiKey> edit) throws CommandException, IOException {
    try {
      return editor.change(id, edit);
    } catch (UnknownKeyException | IllegalArgumentException | PreviousInGraceException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  /** The definition with what the file shows of its usage. */
  private KeyView view(ApiKey key) {
    Instant now = ticker.now();
    ObjectNode json = KeyJson.shown(key, now);
    KeyUsage shown = usage.getOrDefault(key.id(), KeyUsage.NONE);
    long used =
        shown.windows().stream()
            .filter(window -> window.start().plus(QuotaEnforcer.WINDOW).isAfter(now))
            .mapToLong(UsageWindow::tokens)
            .sum();
    json.putObject("usage")
        .put("used", used)
        .put("remaining", Math.max(0, key.tokenLimitPer5h() - used))
        .put("lifetime_tokens", shown.lifetimeTokens())
        .put("last_used", shown.lastUsed() == null ? null : shown.lastUsed().toString());
    return new KeyView(json);
  }
}
