package dev.tallygate.app.doctor;

import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.EntryProblem;
import dev.tallygate.store.FileKeyStore;
import dev.tallygate.store.StoreHealth;
import dev.tallygate.store.ledger.LedgerReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** What lies in the data folder. */
final class DataChecks {
  private static final String FOLDER = "data folder";
  private static final String KEYS = "key file";
  private static final String LEDGER = "ledger";
  private static final String DISK = "disk";
  private static final String GATEWAY = "gateway";

  private static final long MIB = 1024 * 1024;
  private static final long LITTLE = 1024 * MIB;
  private static final long TOO_LITTLE = 100 * MIB;
  private static final int MOST_ENTRIES = 5;

  private final Path file;
  private final Path folder;
  private final Ticker ticker;

  DataChecks(Path dataFile, Ticker ticker) {
    this.file = dataFile;
    this.folder = Objects.requireNonNull(dataFile.toAbsolutePath().getParent()).normalize();
    this.ticker = ticker;
  }

  /** Looks at everything. */
  List<Finding> all() {
    return Files.isDirectory(folder)
        ? List.of(folder(), keys(), ledger(), disk())
        : List.of(notYet());
  }

  private Finding notYet() {
    Path there = folder;
    while (there.getParent() != null && !Files.exists(there)) {
      there = there.getParent();
    }
    return Files.isDirectory(there) && Files.isWritable(there)
        ? Finding.note(
            FOLDER, folder + " does not exist yet", "tallygate keys create --name NAME makes it")
        : Finding.problem(
            FOLDER,
            folder + " does not exist, and cannot be made in " + there,
            "make it, for the user who runs the gateway, or set DATA_FILE");
  }

  /**
   * Whether a gateway runs on the folder.
   *
   * @param runs false too where that cannot be told
   */
  record Running(boolean runs, Finding finding) {}

  Running gateway(GatewayCheck check) throws InterruptedException {
    try {
      String user = new LedgerReader(folder).user();
      return user == null
          ? new Running(false, Finding.note(GATEWAY, "none runs on this data folder", null))
          : new Running(true, check.finding(user));
    } catch (IOException e) {
      return new Running(
          false,
          Finding.note(
              GATEWAY,
              "whether one runs on this data folder cannot be told: its usage.lock cannot be read",
              "run this as the user who runs the gateway"));
    }
  }

  private Finding folder() {
    if (!Files.isWritable(folder)) {
      return Finding.problem(
          FOLDER, folder + " cannot be written", "give it to the user who runs the gateway");
    }
    return Permissions.includeOthers(folder)
        ? Finding.note(FOLDER, folder + " is open to every user", "chmod o-rwx " + folder)
        : Finding.ok(FOLDER, folder + " can be written");
  }

  private Finding keys() {
    if (!Files.exists(file)) {
      return missing();
    }
    try (FileKeyStore store = new FileKeyStore(file, ticker)) {
      String wrong =
          switch (store.health()) {
            case StoreHealth.Ready _ -> null;
            case StoreHealth.Degraded(String reason) -> reason;
            case StoreHealth.NotReady(String reason) -> reason;
          };
      if (wrong != null) {
        return Finding.problem(KEYS, wrong, "mend the file: no key can be checked until then");
      }
      if (!store.problems().isEmpty()) {
        return Finding.problem(KEYS, refused(store.problems()), "mend or remove these entries");
      }
      if (Permissions.includeOthers(file)) {
        return Finding.problem(
            KEYS, file + " can be read or written by every user", "chmod o-rwx " + file);
      }
      return sound(store);
    }
  }

  private Finding missing() {
    try {
      if (new LedgerReader(folder).knowsKeys()) {
        return Finding.problem(
            KEYS,
            file + " is missing, where the ledger beside it knows keys",
            "restore it: until then nobody is let in");
      }
    } catch (IOException e) {
      // the ledger's own check tells
    }
    return Finding.note(KEYS, file + " does not exist yet", "tallygate keys create --name NAME");
  }

  private Finding sound(FileKeyStore store) {
    List<ApiKey> keys = new ArrayList<>();
    try {
      keys.addAll(store.snapshot().keys());
    } catch (StoreUnavailableException e) {
      return Finding.problem(KEYS, String.valueOf(e.getMessage()), "mend the file");
    }
    long inPlainText = keys.stream().filter(key -> !key.display().equals(key.id())).count();
    String what = file + ": " + keys.size() + " keys";
    if (inPlainText > 0) {
      return Finding.note(
          KEYS, what + ", " + inPlainText + " secrets in plain text", "tallygate keys hash");
    }
    return keys.isEmpty()
        ? Finding.note(KEYS, what, "tallygate keys create --name NAME")
        : Finding.ok(KEYS, what);
  }

  private static String refused(List<EntryProblem> problems) {
    String some =
        problems.stream()
            .limit(MOST_ENTRIES)
            .map(EntryProblem::toString)
            .collect(Collectors.joining("; "));
    int more = problems.size() - MOST_ENTRIES;
    return "refused: " + some + (more > 0 ? "; and " + more + " more" : "");
  }

  private Finding ledger() {
    try {
      return new LedgerReader(folder).isSound()
          ? Finding.ok(LEDGER, "sound, and of this version")
          : Finding.note(LEDGER, "there is none yet; a gateway makes it at its first start", null);
    } catch (IOException e) {
      return Finding.problem(LEDGER, String.valueOf(e.getMessage()), null);
    }
  }

  private Finding disk() {
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      String what = free / MIB + " MiB free";
      if (free < TOO_LITTLE) {
        return Finding.problem(
            DISK, what, "make room: without it usage cannot be recorded, and nothing is served");
      }
      return free < LITTLE ? Finding.note(DISK, what, "make room soon") : Finding.ok(DISK, what);
    } catch (IOException e) {
      return Finding.note(DISK, "its free space cannot be told: " + e.getMessage(), null);
    }
  }
}
