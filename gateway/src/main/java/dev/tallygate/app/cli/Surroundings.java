package dev.tallygate.app.cli;

import dev.tallygate.config.ConfigLoader;
import dev.tallygate.model.Ticker;

/**
 * What a command finds around it.
 *
 * @param silence keeps libraries and the store from logging where the command's output goes
 */
public record Surroundings(
    ConfigLoader loader, Ticker ticker, Terminal terminal, Runnable silence) {
  /** What a script has. */
  public static Surroundings ofScript(ConfigLoader loader) {
    return new Surroundings(loader, Ticker.system(), Terminal.NONE, () -> {});
  }

  /** This process's. */
  public static Surroundings ofProcess(ConfigLoader loader) {
    return new Surroundings(
        loader, Ticker.system(), Terminal.ofProcess(loader.wantsColours()), QuietLogs::set);
  }
}
