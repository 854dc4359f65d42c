package dev.tallygate.config;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What became of reading the configuration. */
public sealed interface ConfigResult {
  /**
   * A configuration to run with.
   *
   * @param config the values
   * @param settings every setting with its value as text and where it came from, for people
   * @param warnings what works but is probably not meant; one sentence each
   * @param values of the settings that have one
   */
  record Loaded(
      Config config,
      List<EffectiveSetting> settings,
      List<String> warnings,
      Map<Setting<?>, Object> values)
      implements ConfigResult {
    /** Copies lists and map. */
    public Loaded {
      settings = List.copyOf(settings);
      warnings = List.copyOf(warnings);
      values = Map.copyOf(values);
    }

    /** The settings that have another value than there, in the order in which people read them. */
    public List<Setting<?>> changedSince(Loaded before) {
      return ConfigLoader.settings().stream()
          .filter(setting -> !Objects.equals(values.get(setting), before.values.get(setting)))
          .toList();
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
