package dev.tallygate.store;

import dev.tallygate.auth.StoreUnavailableException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What look-ups see of the key file. Immutable.
 *
 * @param index null while there never was a readable file
 * @param revision raised by one with every change of any definition
 * @param seen what the file looked like when it was last read, successfully or not
 * @param problems its refused entries
 */
record KeyFileView(
    @Nullable KeyIndex index,
    long revision,
    Sight seen,
    StoreHealth health,
    List<EntryProblem> problems) {
  /** Before the first look. */
  static final KeyFileView NONE =
      new KeyFileView(
          null, 0, new Sight.Unreadable(""), new StoreHealth.NotReady("not read yet"), List.of());

  /** The definitions in force. */
  KeyIndex inForce() throws StoreUnavailableException {
    if (index != null) {
      return index;
    }
    throw new StoreUnavailableException(
        health instanceof StoreHealth.NotReady(String reason) ? reason : "not read yet");
  }

  KeyFileView seenAs(Sight sight) {
    return new KeyFileView(index, revision, sight, health, problems);
  }

  KeyFileView withHealth(StoreHealth other) {
    return new KeyFileView(index, revision, seen, other, problems);
  }

  /** Without definitions, not even the empty set of a missing file. */
  KeyFileView withoutKeys(String reason) {
    return new KeyFileView(null, revision, seen, new StoreHealth.NotReady(reason), List.of());
  }
}
