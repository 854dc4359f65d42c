package dev.tallygate.app.keys;

import dev.tallygate.app.cli.AdminApi;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.keys.Rotation;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.EntryProblem;
import dev.tallygate.store.FileKeyStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The keys of a running gateway, through its admin API. */
final class RemoteKeys implements Keys {
  private static final int PAGE = 500;
  private static final int MOST_PAGES = 100_000;

  private final AdminApi api;
  private final Ticker ticker;

  RemoteKeys(AdminApi api, Ticker ticker) {
    this.api = api;
    this.ticker = ticker;
  }

  @Override
  public List<KeyView> list() throws CommandException, InterruptedException {
    List<KeyView> keys = new ArrayList<>();
    for (int page = 1; page <= MOST_PAGES; page++) {
      JsonNode answer = api.send("GET", "/keys?sort=name&page=" + page + "&per_page=" + PAGE, null);
      JsonNode items = answer.path("items");
      for (JsonNode item : items) {
        keys.add(view(item));
      }
      if (items.isEmpty() || keys.size() >= answer.path("total").asLong(0)) {
        break;
      }
    }
    return keys;
  }

  @Override
  public List<KeyView> named(String name) throws CommandException, InterruptedException {
    String path = "/keys?q=" + AdminApi.segment(name) + "&per_page=" + PAGE;
    List<KeyView> found = new ArrayList<>();
    for (JsonNode item : api.send("GET", path, null).path("items")) {
      found.add(view(item));
    }
    // It looks into ids as well, and in either case.
    found.removeIf(key -> !key.name().equals(name));
    return found;
  }

  @Override
  public NewSecret create(ObjectNode fields) throws CommandException, InterruptedException {
    return secret(api.send("POST", "/keys", fields));
  }

  @Override
  public KeyView change(String id, ObjectNode fields)
      throws CommandException, InterruptedException {
    return view(api.send("PATCH", path(id), fields));
  }

  @Override
  public NewSecret rotate(String id, Rotation rotation)
      throws CommandException, InterruptedException {
    return secret(api.send("POST", path(id) + "/rotate", rotation.json()));
  }

  @Override
  public void remove(String id) throws CommandException, InterruptedException {
    var _ = api.send("DELETE", path(id), null);
  }

  @Override
  public List<JsonNode> refusals(String id) throws CommandException, InterruptedException {
    List<JsonNode> refusals = new ArrayList<>();
    api.send("GET", path(id) + "/refusals", null).path("items").forEach(refusals::add);
    return refusals;
  }

  @Override
  public Imported importFrom(Path file) throws CommandException, InterruptedException {
    if (!Files.exists(file)) {
      throw new CommandException(file + ": there is no such file");
    }
    try (FileKeyStore other = new FileKeyStore(file, ticker)) {
      Collection<ApiKey> keys = other.snapshot().keys();
      List<String> refused = other.problems().stream().map(EntryProblem::toString).toList();
      return new RemoteImport(api, ticker.now(), refused).add(keys);
    } catch (StoreUnavailableException e) {
      throw new CommandException(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    api.close();
  }

  private static String path(String id) {
    return "/keys/" + AdminApi.segment(id);
  }

  private static NewSecret secret(JsonNode answer) throws CommandException {
    ObjectNode key = view(answer).json().deepCopy();
    JsonNode secret = key.remove("secret");
    if (secret == null) {
      throw new CommandException("the answer has no secret in it; is this another version?");
    }
    JsonNode trouble = key.remove("not_in_force");
    return new NewSecret(
        new KeyView(key), secret.asString(), trouble == null ? null : trouble.asString());
  }

  private static KeyView view(JsonNode answer) throws CommandException {
    if (answer instanceof ObjectNode object && object.path("id").isString()) {
      return new KeyView(object);
    }
    throw new CommandException("the answer is no key; is this another version?");
  }
}
