package dev.tallygate.app.cli;

import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.Printable;

/** What was given on a command line, as messages repeat it. */
public final class Given {
  private Given() {}

  /** The text, fit for a terminal and cut; a secret is not repeated. */
  public static String shown(String text) {
    return GatewaySecret.isIn(text) ? "…" : Printable.brief(text);
  }
}
