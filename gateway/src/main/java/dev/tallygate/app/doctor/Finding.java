package dev.tallygate.app.doctor;

import dev.tallygate.app.cli.Colour;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one check has found.
 *
 * @param check what was looked at
 * @param detail what is the case
 * @param advice what to do; null where nothing is
 */
record Finding(String check, State state, String detail, @Nullable String advice) {
  /** How it stands. */
  enum State {
    /** As it should be. */
    OK(Colour.GOOD),
    /** Worth knowing; the gateway serves all the same. */
    NOTE(Colour.WARNING),
    /** The gateway does not start, or does not serve as it should. */
    PROBLEM(Colour.BAD);

    final Colour colour;

    State(Colour colour) {
      this.colour = colour;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding ok(String check, String detail) {
    return new Finding(check, State.OK, detail, null);
  }

  static Finding note(String check, String detail, @Nullable String advice) {
    return new Finding(check, State.NOTE, detail, advice);
  }

  static Finding problem(String check, String detail, @Nullable String advice) {
    return new Finding(check, State.PROBLEM, detail, advice);
  }
}
