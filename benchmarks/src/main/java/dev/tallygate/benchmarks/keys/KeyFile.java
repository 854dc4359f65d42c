package dev.tallygate.benchmarks.keys;

import dev.tallygate.benchmarks.SampleKeys;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A key file as the predecessor wrote it, with usage of three windows, in a folder of its own. */
record KeyFile(Path folder, Path path) implements AutoCloseable {

  /** Writes one below {@code target}, on the disk that the sources are on. */
  static KeyFile of(int keys) throws IOException {
    Path folder = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "keys-");
    Path path = folder.resolve("apikeys.json");
    try (BufferedWriter out = Files.newBufferedWriter(path)) {
      out.write("{\n  \"keys\": [\n");
      for (int i = 0; i < keys; i++) {
        out.write(i == 0 ? "" : ",\n");
        out.write(entry(i));
      }
      out.write("\n  ]\n}\n");
    }
    return new KeyFile(folder, path);
  }

  private static String entry(int number) {
    return """
    {
      "key": "%s",
      "name": "User %d",
      "model": "glm-4.7",
      "token_limit_per_5h": 100000,
      "expiry_date": "2099-12-31T23:59:59Z",
      "created_at": "2026-01-18T00:00:00Z",
      "last_used": "2026-01-18T10:00:00Z",
      "total_lifetime_tokens": 30900,
      "usage_windows": [
        { "window_start": "2026-01-18T00:00:00Z", "tokens_used": 902 },
        { "window_start": "2026-01-18T05:00:00Z", "tokens_used": 9998 },
        { "window_start": "2026-01-18T10:00:00Z", "tokens_used": 20000 }
      ]
    }\
    """
        .formatted(SampleKeys.secret(number), number);
  }

  @Override
  public void close() throws IOException {
    Files.delete(path);
    Files.delete(folder);
  }
}
