package dev.tallygate.app.keys;

import dev.tallygate.app.cli.CommandException;
import dev.tallygate.auth.KeyAdministration.NotInForceException;
import dev.tallygate.auth.KeyAdministration.UnknownKeyException;
import dev.tallygate.auth.NewKey;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.EntryProblem;
import dev.tallygate.store.FileKeyStore;
import dev.tallygate.store.KeyFileEditor;
import dev.tallygate.store.KeyImport;
import dev.tallygate.store.KeyUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/** The keys of a key file. A gateway that runs on it sees every change at once. */
final class FileKeys implements Keys {
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
  public List<KeyView> list() throws CommandException {
    try {
      return editor.keys().stream().map(this::view).toList();
    } catch (StoreUnavailableException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  /** What people should know who make a key where there may be no file yet. */
  List<String> remarksAtFirst() {
    return Files.exists(file)
        ? List.of()
        : List.of("There was no key file; " + file.toAbsolutePath() + " is new.");
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
    NewKey spec = Fields.newKey(fields, KeyDigest.of(secret));
    try {
      return new NewSecret(view(editor.create(spec)), secret, null);
    } catch (NotInForceException e) {
      return new NewSecret(view(e.key()), secret, e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public KeyView change(String id, ObjectNode fields) throws CommandException, IOException {
    return view(edit(id, key -> Fields.apply(fields, key)));
  }

  @Override
  public NewSecret rotate(String id, Duration grace) throws CommandException, IOException {
    String secret = GatewaySecret.generate(new SecureRandom());
    Instant until = grace.isZero() ? null : ticker.now().plus(grace);
    try {
      ApiKey key = edit(id, old -> new KeyDraft(old).rotate(KeyDigest.of(secret), until).key());
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
        result.skipped().stream().map(EntryProblem::toString).toList());
  }

  /** Keeps of every secret in plain text only the digest; returns the ids of its keys. */
  List<String> hashSecrets() throws IOException {
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
    } catch (UnknownKeyException | IllegalArgumentException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  private KeyView view(ApiKey key) {
    return Fields.view(key, usage.getOrDefault(key.id(), KeyUsage.NONE), ticker.now());
  }
}
