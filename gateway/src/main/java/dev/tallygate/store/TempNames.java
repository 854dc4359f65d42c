package dev.tallygate.store;

import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Names the file in which a new edition of the key file is made, beside it. Every writer has a name
 * of its own, since another process may write at the same time. What a killed one has left is
 * removed at the first use, after an hour. Confined to one writer.
 */
final class TempNames {
  private static final String END = ".tallygate.tmp";
  private static final long LEFT_MILLIS = Duration.ofHours(1).toMillis();

  private final Ticker ticker;
  private final String nonce = Long.toHexString(ThreadLocalRandom.current().nextLong());
  private boolean swept;

  TempNames(Ticker ticker) {
    this.ticker = ticker;
  }

  Path beside(Path target) throws IOException {
    String start = "." + target.getFileName() + ".";
    if (!swept) {
      swept = true;
      sweep(Objects.requireNonNull(target.getParent()), start);
    }
    return target.resolveSibling(start + nonce + END);
  }

  private void sweep(Path folder, String start) throws IOException {
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(
            folder,
            file -> {
              String name = String.valueOf(file.getFileName());
              return name.startsWith(start) && name.endsWith(END);
            })) {
      for (Path file : left) {
        // Not the time of modification: aside there may be the old edition, for a moment.
        if (Files.getAttribute(file, "unix:ctime") instanceof FileTime since
            && ticker.epochMillis() - since.toMillis() > LEFT_MILLIS) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
