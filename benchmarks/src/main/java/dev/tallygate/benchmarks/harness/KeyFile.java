package dev.tallygate.benchmarks.harness;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A key file, and the hand that edits it while the gateway runs: as text, in place or by renaming a
 * new file over it. A key's id is the key.
 */
public final class KeyFile {
  /** A limit that is counted against but not reached. */
  public static final long PLENTY = 1_000_000_000_000L;

  private static final String ENTRY =
      """
          {
            "key": "$",
            "id": "$",
            "name": "User",
            "model": "glm-4.7",
            "token_limit_per_5h": 1000000000000,
            "expiry_date": "2099-12-31T23:59:59Z",
            "created_at": "2026-01-18T00:00:00Z"
          }\
      """;

  private final Path path;
  private final int count;

  private KeyFile(Path path, int count) {
    this.path = path;
    this.count = count;
  }

  /** Writes one with so many keys into a folder. */
  public static KeyFile write(Path folder, int count) throws IOException {
    Path path = folder.resolve("apikeys.json");
    try (BufferedWriter out = Files.newBufferedWriter(path)) {
      out.write("{\n  \"keys\": [\n");
      for (int number = 0; number < count; number++) {
        out.write(ENTRY.replace("$", key(number)));
        out.write(number < count - 1 ? ",\n" : "\n");
      }
      out.write("  ]\n}\n");
    }
    return new KeyFile(path, count);
  }

  public static String key(int number) {
    return "pk_trial_%05d".formatted(number);
  }

  public Path path() {
    return path;
  }

  /** Where a gateway that uses it keeps its own files. */
  public Path folder() {
    return Objects.requireNonNull(path.getParent());
  }

  public List<String> keys() {
    return IntStream.range(0, count).mapToObj(KeyFile::key).toList();
  }

  /** Sets a key's limit. */
  public void editLimit(String key, long limit, boolean inPlace) throws IOException {
    edit(key, "token_limit_per_5h", Long.toString(limit), inPlace);
  }

  /**
   * Sets a member of an entry.
   *
   * @param value as JSON has it
   */
  public void edit(String key, String member, String value, boolean inPlace) throws IOException {
    Matcher entry =
        Pattern.compile(
                "(\"id\": \""
                    + Pattern.quote(key)
                    + "\"[^{}]*?\""
                    + member
                    + "\": )(\\d+|\"[^\"]*\")")
            .matcher(Files.readString(path));
    if (!entry.find()) {
      throw new IOException("no entry of " + key);
    }
    String text = entry.replaceFirst("$1" + value);
    if (inPlace) {
      Files.writeString(path, text);
    } else {
      Path other = Files.writeString(path.resolveSibling("apikeys.json.edited"), text);
      Files.move(other, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** The entry of a key as the file has it now. */
  public JsonNode entry(String key) throws IOException {
    for (JsonNode entry : JsonMapper.shared().readTree(Files.readString(path)).path("keys")) {
      if (entry.path("id").asString("").equals(key)) {
        return entry;
      }
    }
    throw new IOException("no entry of " + key);
  }
}
