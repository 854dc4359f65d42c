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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the file in which a new edition of the key file is made, beside it. What a killed writer
 * has left is removed at the first use. Confined to one writer.
 */
final class TempNames {
  private static final Logger log = LoggerFactory.getLogger(TempNames.class);

  private static final String END = ".tallygate.tmp";
  private static final String OF_THE_ONLY_ONE = "gateway";
  private static final long LEFT_MILLIS = Duration.ofHours(1).toMillis();

  private final Ticker ticker;
  private final String writer;
  private boolean swept;

  private TempNames(Ticker ticker, String writer) {
    this.ticker = ticker;
    this.writer = writer;
  }

  /**
   * For one of many: another process may write at the same time, so each has a name of its own, and
   * only what is older than an hour is taken for left.
   */
  static TempNames ofOneOfMany(Ticker ticker) {
    return new TempNames(ticker, Long.toHexString(ThreadLocalRandom.current().nextLong()));
  }

  /**
   * For the only gateway in the folder: what carries its name is left by the one before, however
   * young it is. Where the file is a link, its target may be that of another folder's gateway too.
   */
  static TempNames ofTheOnlyGateway(Ticker ticker, Path file) {
    return Files.isSymbolicLink(file)
        ? ofOneOfMany(ticker)
        : new TempNames(ticker, OF_THE_ONLY_ONE);
  }

  Path beside(Path target) {
    sweepBeside(target);
    return target.resolveSibling(start(target) + writer + END);
  }

  /** Removes what was left, once; what cannot be removed stays. */
  void sweepBeside(Path target) {
    if (swept) {
      return;
    }
    swept = true;
    String start = start(target);
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(
            Objects.requireNonNull(target.getParent()),
            file -> {
              String name = String.valueOf(file.getFileName());
              return name.startsWith(start) && name.endsWith(END);
            })) {
      for (Path file : left) {
        if (file.endsWith(start + writer + END) || isOld(file)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      log.debug("a left temporary file could not be removed", e);
    }
  }

  private static String start(Path target) {
    return "." + target.getFileName() + ".";
  }

  private boolean isOld(Path file) throws IOException {
    // Not the time of modification: aside there may be the old edition, for a moment.
    return Files.getAttribute(file, "unix:ctime") instanceof FileTime since
        && ticker.epochMillis() - since.toMillis() > LEFT_MILLIS;
  }
}
