package dev.tallygate.store;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the operator is told in the log of the key file: each trouble once, and its end. Confined to
 * its reader's lock.
 */
final class KeyFileLog {
  private static final Logger log = LoggerFactory.getLogger(KeyFileLog.class);

  private static final int MAX_PROBLEM_LINES = 20;

  private final Path file;
  private boolean everRead;
  private @Nullable String trouble;

  KeyFileLog(Path file) {
    this.file = file;
  }

  /** The file was read and understood. */
  void read(int keys, boolean changed) {
    if (trouble != null) {
      log.info("{}: can be read again, {} keys", file, keys);
    } else if (!everRead) {
      log.info("{}: {} keys", file, keys);
    } else if (changed) {
      log.info("{}: changed, {} keys now", file, keys);
    }
    everRead = true;
    trouble = null;
  }

  /** Its refused entries, but those that were known before. */
  void refused(List<EntryProblem> problems, List<EntryProblem> known) {
    Set<EntryProblem> old = new HashSet<>(known);
    int lines = 0;
    for (EntryProblem problem : problems) {
      if (old.contains(problem)) {
        continue;
      }
      if (++lines > MAX_PROBLEM_LINES) {
        log.warn("{}: {} refused entries in all", file, problems.size());
        return;
      }
      log.warn("{}: refused {}", file, problem);
    }
  }

  /** There is no file, and never was. */
  void missing() {
    trouble = null;
    log.warn("{} does not exist: there are no keys until it does", file);
  }

  /** The file cannot be read or understood. */
  void failed(String reason, String consequence) {
    if (!reason.equals(trouble)) {
      trouble = reason;
      log.error("{}: {}; {}", file, reason, consequence);
    }
  }
}
