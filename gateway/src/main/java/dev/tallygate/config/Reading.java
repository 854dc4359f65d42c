package dev.tallygate.config;

import dev.tallygate.config.Sources.Given;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the settings. A value that is not allowed is noted and stood in for by the default,
 * so that the pass goes on and finds every other mistake; the result is then thrown away.
 */
final class Reading {
  private final Sources sources;
  private final List<Mistake> mistakes = new ArrayList<>();
  private final List<EffectiveSetting> effective = new ArrayList<>();
  private final Map<Setting<?>, Object> values = new HashMap<>();

  Reading(Sources sources) {
    this.sources = sources;
  }

  /** The value of a setting that always has one. */
  <T> T required(Setting<T> setting) {
    T value = optional(setting);
    return value != null ? value : defaultOf(setting);
  }

  /** The value of a setting, or null when it is not set and has no default. */
  <T> @Nullable T optional(Setting<T> setting) {
    Given given = sources.find(setting).orElse(null);
    if (given == null) {
      String text = setting.defaultText();
      effective.add(
          new EffectiveSetting(setting.name(), text == null ? "(not set)" : text, "default"));
      if (text == null) {
        return null;
      }
      T value = defaultOf(setting);
      values.put(setting, value);
      return value;
    }
    T value = given.text().isEmpty() ? null : setting.kind().parse(given.text());
    if (value == null) {
      mistake(setting, "expected " + setting.allowed(), setting.kind().suggest(given.text()));
      return null;
    }
    effective.add(new EffectiveSetting(setting.name(), setting.kind().show(value), given.origin()));
    values.put(setting, value);
    return value;
  }

  private static <T> T defaultOf(Setting<T> setting) {
    String text = setting.defaultText();
    T value = text == null ? null : setting.kind().parse(text);
    if (value == null) {
      throw new IllegalStateException(setting + " has no usable default");
    }
    return value;
  }

  /** Notes that a setting, as it is, cannot be used. */
  void mistake(Setting<?> setting, String problem, @Nullable String suggestion) {
    Given given = sources.find(setting).orElse(null);
    if (given == null) {
      mistakes.add(new Mistake(setting.name(), setting.defaultText(), "default", problem, null));
    } else {
      String subject = given.origin().equals(Sources.FLAG) ? setting.flag() : setting.name();
      String shown = setting.kind().showRefused(given.text());
      mistakes.add(new Mistake(subject, shown, given.origin(), problem, suggestion));
    }
  }

  /** Whether this setting was found good, so that it may be compared with others. */
  boolean good(Setting<?> setting) {
    return effective.stream().anyMatch(each -> each.name().equals(setting.name()));
  }

  List<Mistake> mistakes() {
    return mistakes;
  }

  List<EffectiveSetting> effective() {
    return effective;
  }

  Map<Setting<?>, Object> values() {
    return values;
  }
}
