package dev.tallygate.store;

import dev.tallygate.auth.StoreUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Waits for others to be done with the key file, but not for ever: 2 s until it can be written, and
 * 2 s until what was written is in force. Confined to one thread.
 */
final class Patience {
  private static final int TRIES = 40;
  private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();

  /** Whether what was written is what look-ups see. */
  @FunctionalInterface
  interface InForce {
    boolean holds() throws StoreUnavailableException;
  }

  private final FileKeyStore store;
  private final KeyFileReader reader;
  private final String purpose;
  private int pauses;
  private String reason = "it is being edited";

  /**
   * Begins.
   *
   * @param purpose what is to be done, up to the file's name, such as "add a key to"
   */
  Patience(FileKeyStore store, String purpose) {
    this.store = store;
    this.reader = store.reader();
    this.purpose = purpose + ' ' + store.file();
  }

  /**
   * Whether it is done: the file is written, and what was written is in force. False: nothing is
   * written, {@link #pause} and try again.
   *
   * @param otherwise what to throw where it is written and does not come into force, of the words
   *     that say so
   * @throws IOException that, or when it cannot be written
   */
  boolean isDone(
      KeyFileWriter.Outcome outcome, InForce inForce, Function<String, IOException> otherwise)
      throws IOException {
    switch (outcome) {
      case KeyFileWriter.Outcome.Written _ -> {
        requireInForce(inForce, otherwise);
        return true;
      }
      // It changed between our look at it and the write.
      case KeyFileWriter.Outcome.Unchanged _ -> reason = "it is being edited";
      case KeyFileWriter.Outcome.Deferred(String why) -> reason = why;
      case KeyFileWriter.Outcome.Refused(String why) -> throw new IOException(told(why));
    }
    return false;
  }

  void because(String why) {
    reason = why;
  }

  void pause() throws IOException {
    if (++pauses == TRIES) {
      throw new IOException(
          told(reason)
              + (reader.isMissing() ? "; restore the file" : "; mend the file or try again"));
    }
    LockSupport.parkNanos(this, PAUSE_NANOS);
  }

  /** Somebody may be writing over what has just been written; that takes moments. */
  private void requireInForce(InForce inForce, Function<String, IOException> otherwise)
      throws IOException {
    store.settle();
    for (int i = 0; !isTrue(inForce); i++) {
      if (i == TRIES) {
        String why =
            reader.loaded() == null
                ? reader.whyNotLoaded() + (reader.isMissing() ? "; restore it" : "; mend the file")
                : "somebody has written over it; look at the file and try again";
        throw otherwise.apply("could " + purpose + ", but that is not in force: " + why);
      }
      LockSupport.parkNanos(this, PAUSE_NANOS);
      store.poll();
    }
  }

  private static boolean isTrue(InForce inForce) {
    try {
      return inForce.holds();
    } catch (StoreUnavailableException e) {
      return false;
    }
  }

  private String told(String why) {
    return "cannot " + purpose + ": " + why;
  }
}
