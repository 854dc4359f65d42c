package dev.tallygate.app;

import dev.tallygate.config.Config;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.config.Mistake;
import dev.tallygate.config.Setting;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again and hands it to the parts of a running gateway. A configuration
 * with mistakes changes nothing. What a part cannot do leaves the others' share undisturbed.
 * Thread-safe; one at a time.
 */
final class Reload {
  private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

  private final ConfigResult.Loaded started;
  private final Supplier<ConfigResult> source;
  private final List<Reloadable> parts;
  private ConfigResult.Loaded inForce;

  /**
   * @param started what the gateway was started with
   * @param source reads it again, from where that came from
   */
  Reload(ConfigResult.Loaded started, Supplier<ConfigResult> source, List<Reloadable> parts) {
    this.started = started;
    this.source = source;
    this.parts = List.copyOf(parts);
    this.inForce = started;
  }

  /** Does it. */
  synchronized void run() {
    switch (source.get()) {
      case ConfigResult.Refused refused ->
          LOG.error(
              "nothing is reloaded, all stays as it is: {}",
              refused.mistakes().stream().map(Mistake::toString).collect(Collectors.joining("; ")));
      case ConfigResult.Loaded loaded -> apply(loaded);
    }
  }

  private void apply(ConfigResult.Loaded loaded) {
    parts.forEach(part -> reload(part, loaded.config()));
    String changed = names(loaded.changedSince(inForce), true);
    inForce = loaded;
    LOG.info("reloaded: {}", changed.isEmpty() ? "no setting has changed" : changed + " changed");
    String waiting = names(loaded.changedSince(started), false);
    if (!waiting.isEmpty()) {
      LOG.warn("{} changed, which takes effect with the next start", waiting);
    }
  }

  private static void reload(Reloadable part, Config config) {
    try {
      part.reload(config);
    } catch (IOException e) {
      LOG.error("not reloaded: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("unexpected failure of a reload", e);
    }
  }

  private static String names(List<Setting<?>> settings, boolean reloadable) {
    return settings.stream()
        .filter(setting -> setting.reloadable() == reloadable)
        .map(Setting::name)
        .collect(Collectors.joining(", "));
  }
}
