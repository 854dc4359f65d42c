package dev.tallygate.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be configured: its name, its kind of value, what it is when not set.
 *
 * @param <T> the value's type
 */
public final class Setting<T> {
  private final String name;
  private final ValueKind<T> kind;
  private final @Nullable String defaultText;
  private final String description;
  private final boolean reloadable;

  Setting(String name, ValueKind<T> kind, @Nullable String defaultText, String description) {
    this(name, kind, defaultText, description, false);
  }

  private Setting(
      String name,
      ValueKind<T> kind,
      @Nullable String defaultText,
      String description,
      boolean reloadable) {
    this.name = name;
    this.kind = kind;
    this.defaultText = defaultText;
    this.description = description;
    this.reloadable = reloadable;
  }

  /** The same setting, one that can change while the gateway runs. */
  Setting<T> whileRunning() {
    return new Setting<>(name, kind, defaultText, description, true);
  }

  /** The environment variable's name. */
  public String name() {
    return name;
  }

  /** The command line's spelling, {@code --cache-ttl-ms} for {@code CACHE_TTL_MS}. */
  public String flag() {
    return "--" + name.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Whether the value is a credential. Such a setting has no flag: a command line is open to every
   * user of the machine.
   */
  public boolean secret() {
    return kind.secret();
  }

  /** Which values are allowed, as a phrase after "expected". */
  public String allowed() {
    return kind.allowed();
  }

  /** A word for the value in a synopsis, such as {@code ms}. */
  public String placeholder() {
    return kind.placeholder();
  }

  /** The value when nobody sets one, or null when there is none. */
  public @Nullable String defaultText() {
    return defaultText;
  }

  /** What it does, in one sentence without a full stop. */
  public String description() {
    return description;
  }

  /** Whether a change takes effect while the gateway runs, when it is told to reload. */
  public boolean reloadable() {
    return reloadable;
  }

  ValueKind<T> kind() {
    return kind;
  }

  @Override
  public String toString() {
    return name;
  }
}
