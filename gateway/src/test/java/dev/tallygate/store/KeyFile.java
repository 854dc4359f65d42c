package dev.tallygate.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A key file as a person edits it. */
final class KeyFile {
  final Path path;

  KeyFile(Path folder) {
    this.path = folder.resolve("apikeys.json");
  }

  /** A predecessor's entry, as JSON.stringify(x, null, 2) lays it out. */
  static String entry(String key, String name) {
    return """
    {
      "key": "%s",
      "name": "%s",
      "model": "glm-4.7",
      "token_limit_per_5h": 100000,
      "expiry_date": "2026-12-31T23:59:59Z",
      "created_at": "2026-01-18T00:00:00Z",
      "last_used": "2026-01-18T00:00:00Z",
      "total_lifetime_tokens": 0,
      "usage_windows": []
    }\
    """
        .formatted(key, name);
  }

  static String document(String... entries) {
    String list =
        Arrays.stream(entries)
            .map(e -> e.indent(4).stripTrailing())
            .collect(Collectors.joining(",\n"));
    return entries.length == 0
        ? "{\n  \"keys\": []\n}\n"
        : "{\n  \"keys\": [\n" + list + "\n  ]\n}\n";
  }

  /** Writes in place, as {@code cat new > file} does. */
  KeyFile write(String text) {
    try {
      Files.writeString(path, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  KeyFile keys(String... entries) {
    return write(document(entries));
  }

  /** Writes beside and renames over, as most editors do. */
  void replace(String text) {
    try {
      Path temp = path.resolveSibling("edited");
      Files.writeString(temp, text);
      Files.move(temp, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String text() {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
