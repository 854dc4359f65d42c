package dev.tallygate.app;

import dev.tallygate.config.Config;
import java.io.IOException;

/** A part that takes over what has changed while the gateway runs. */
@FunctionalInterface
interface Reloadable {
  /**
   * Takes over what it can change of the configuration, and reads again what it has read from
   * files. One at a time, on a thread that may wait.
   *
   * @throws IOException when that is not possible; it goes on with what it had. The message is for
   *     the operator
   */
  void reload(Config config) throws IOException;
}
