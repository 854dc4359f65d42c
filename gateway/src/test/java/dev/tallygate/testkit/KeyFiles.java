package dev.tallygate.testkit;

import dev.tallygate.model.KeyDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.function.UnaryOperator;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A key file in the predecessor's format, written as people and scripts write it: in place, or by
 * renaming another file over it.
 */
public final class KeyFiles {
  private static final JsonMapper JSON = new JsonMapper();
  // as JSON.stringify(…, null, 2) prints, which wrote the files of the predecessor
  private static final DefaultPrettyPrinter TWO_SPACES =
      new DefaultPrettyPrinter(
              Separators.createDefaultInstance()
                  .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                  .withObjectEmptySeparator("")
                  .withArrayEmptySeparator(""))
          .withArrayIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE.withLinefeed("\n"))
          .withObjectIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE.withLinefeed("\n"));

  private final Path path;

  private KeyFiles(Path path) {
    this.path = path;
  }

  /** {@code apikeys.json} in a folder; nothing is written yet. */
  public static KeyFiles in(Path folder) {
    return new KeyFiles(folder.resolve("apikeys.json"));
  }

  /** An entry with the given secret: no model, 100,000 tokens, good until 2099. */
  public static Entry key(String secret) {
    return new Entry(JsonNodeFactory.instance.objectNode().put("key", secret));
  }

  /** The same, of which the file knows the digest only. */
  public static Entry keyHash(String secret) {
    return new Entry(
        JsonNodeFactory.instance.objectNode().put("key_hash", KeyDigest.of(secret).toString()));
  }

  /** Where the file is, or will be. */
  public Path path() {
    return path;
  }

  /** Writes the file in place, as an editor does that keeps the inode. */
  public KeyFiles write(Entry... entries) throws IOException {
    return writeText(text(entries));
  }

  /** Writes another file and renames it over this one. */
  public KeyFiles replace(Entry... entries) throws IOException {
    return replaceText(text(entries));
  }

  /** Writes any text in place. */
  public KeyFiles writeText(String text) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    Files.writeString(
        path,
        text,
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING);
    return this;
  }

  /** Writes any text to another file and renames that over this one. */
  public KeyFiles replaceText(String text) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    Path other = path.resolveSibling("apikeys.json.edited");
    Files.writeString(other, text);
    Files.move(other, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return this;
  }

  /** Edits the present text in place. */
  public KeyFiles edit(UnaryOperator<String> change) throws IOException {
    return writeText(change.apply(text()));
  }

  /** Removes the file. */
  public KeyFiles delete() throws IOException {
    Files.deleteIfExists(path);
    return this;
  }

  /** The present text. */
  public String text() throws IOException {
    return Files.readString(path);
  }

  /** The present content. */
  public JsonNode json() throws IOException {
    return JSON.readTree(text());
  }

  /** The present entry with this {@code key}, {@code key_hash} or {@code id}. */
  public JsonNode entry(String name) throws IOException {
    for (JsonNode entry : json().path("keys")) {
      for (String member : new String[] {"key", "key_hash", "id"}) {
        if (entry.path(member).asString("").equals(name)) {
          return entry;
        }
      }
    }
    throw new AssertionError("no entry " + name + " in the key file");
  }

  private static String text(Entry... entries) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode keys = root.putArray("keys");
    for (Entry entry : entries) {
      keys.add(entry.node.deepCopy());
    }
    return JSON.writer().with(TWO_SPACES).writeValueAsString(root) + "\n";
  }

  /** One key's entry; every method changes it and returns it. */
  public static final class Entry {
    private final ObjectNode node;

    private Entry(ObjectNode identity) {
      node = identity;
      node.put("name", "User")
          .put("token_limit_per_5h", 100_000)
          .put("expiry_date", "2099-12-31T23:59:59Z")
          .put("created_at", "2026-01-18T00:00:00Z")
          .put("total_lifetime_tokens", 0)
          .putArray("usage_windows");
    }

    /** Sets {@code id}. */
    public Entry id(String id) {
      return with("id", id);
    }

    /** Sets {@code name}. */
    public Entry name(String name) {
      return with("name", name);
    }

    /** Sets {@code model}. */
    public Entry model(String model) {
      return with("model", model);
    }

    /** Sets {@code models}. */
    public Entry models(String... models) {
      ArrayNode list = node.putArray("models");
      for (String model : models) {
        list.add(model);
      }
      return this;
    }

    /** Sets {@code token_limit_per_5h}. */
    public Entry limit(long tokens) {
      node.put("token_limit_per_5h", tokens);
      return this;
    }

    /** Sets {@code requests_per_minute}. */
    public Entry requestsPerMinute(int requests) {
      node.put("requests_per_minute", requests);
      return this;
    }

    /** Sets {@code max_concurrent}. */
    public Entry maxConcurrent(int calls) {
      node.put("max_concurrent", calls);
      return this;
    }

    /** Sets {@code quota_mode}. */
    public Entry quotaMode(String mode) {
      return with("quota_mode", mode);
    }

    /** Sets {@code expiry_date}. */
    public Entry expires(Instant when) {
      return with("expiry_date", when.toString());
    }

    /** Sets {@code disabled}. */
    public Entry disabled() {
      node.put("disabled", true);
      return this;
    }

    /** Sets {@code upstream_key}. */
    public Entry upstreamKey(String key) {
      return with("upstream_key", key);
    }

    /** Sets the secret before a rotation and until when it is accepted. */
    public Entry previous(String secret, Instant validUntil) {
      return with("previous_key_hash", KeyDigest.of(secret).toString())
          .with("previous_valid_until", validUntil.toString());
    }

    /** Adds a usage window, and its tokens to the lifetime's. */
    public Entry used(Instant windowStart, long tokens) {
      node.withArray("usage_windows")
          .addObject()
          .put("window_start", windowStart.toString())
          .put("tokens_used", tokens);
      node.put("total_lifetime_tokens", node.path("total_lifetime_tokens").asLong(0) + tokens);
      return this;
    }

    /** Sets any member to a string. */
    public Entry with(String member, String value) {
      node.put(member, value);
      return this;
    }

    /** Sets any member to any JSON. */
    public Entry withJson(String member, String json) {
      node.set(member, JSON.readTree(json));
      return this;
    }

    /** Removes a member. */
    public Entry without(String member) {
      node.remove(member);
      return this;
    }
  }
}
