package dev.tallygate.config;

import java.util.List;

/** What became of reading the configuration. */
public sealed interface ConfigResult {
  /**
   * A configuration to run with.
   *
   * @param config the values
   * @param settings every setting with its value as text and where it came from, for people
   * @param warnings what works but is probably not meant; one sentence each
   */
  record Loaded(Config config, List<EffectiveSetting> settings, List<String> warnings)
      implements ConfigResult {
    /** Copies the lists. */
    public Loaded {
      settings = List.copyOf(settings);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Nothing to run with.
   *
   * @param mistakes all that were found, never empty
   */
  record Refused(List<Mistake> mistakes) implements ConfigResult {
    /** Copies the list. */
    public Refused {
      mistakes = List.copyOf(mistakes);
      if (mistakes.isEmpty()) {
        throw new IllegalArgumentException("refused without a mistake");
      }
    }
  }
}
