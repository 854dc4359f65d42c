package dev.tallygate.config;

import dev.tallygate.model.Secret;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The kinds of values that settings have, but for URLs. */
final class ValueKinds {
  private static final Map<String, Boolean> SWITCH =
      Map.of(
          "true", true, "on", true, "yes", true, "1", true, //
          "false", false, "off", false, "no", false, "0", false);
  private static final Pattern HOST = Pattern.compile("[\\p{Alnum}._-]+");
  private static final Pattern ADDRESS_6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:.*");
  private static final Pattern FRACTION = Pattern.compile("(0|0?\\.[0-9]{1,9}|1(\\.0{1,9})?)");
  private static final Pattern PERCENT = Pattern.compile("([1-9]?[0-9]|100) ?%");
  private static final Pattern WITH_UNIT =
      Pattern.compile("(\\d{1,9})\\s*(ms|s|m|min|h|b|k|kb|kib|mb|mib|g|gb|gib)?");

  private ValueKinds() {}

  static ValueKind<Integer> count(long least, long most) {
    return new Numeric<>("a whole number", "n", least, most, n -> (int) n, n -> n, Map.of());
  }

  /** A port, or a word for none. */
  static ValueKind<OptionalInt> portOrOff() {
    ValueKind<Integer> port = count(0, 65535);
    return new ValueKind<>() {
      @Override
      public String allowed() {
        return port.allowed() + ", or off";
      }

      @Override
      public String placeholder() {
        return port.placeholder();
      }

      @Override
      public @Nullable OptionalInt parse(String text) {
        if (text.equalsIgnoreCase("off")) {
          return OptionalInt.empty();
        }
        Integer number = port.parse(text);
        return number == null ? null : OptionalInt.of(number);
      }

      @Override
      public String show(OptionalInt value) {
        return value.isPresent() ? Integer.toString(value.getAsInt()) : "off";
      }

      @Override
      public @Nullable String suggest(String text) {
        return Boolean.FALSE.equals(SWITCH.get(text.toLowerCase(Locale.ROOT)))
            ? "off"
            : port.suggest(text);
      }
    };
  }

  static ValueKind<Duration> millis(long least, long most) {
    return new Numeric<>(
        "whole milliseconds",
        "ms",
        least,
        most,
        Duration::ofMillis,
        Duration::toMillis,
        Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "min", 60_000L, "h", 3_600_000L));
  }

  static ValueKind<Long> bytes(long least, long most) {
    long k = 1024;
    return new Numeric<>(
        "a whole number of bytes",
        "bytes",
        least,
        most,
        n -> n,
        n -> n,
        Map.ofEntries(
            Map.entry("b", 1L),
            Map.entry("k", k),
            Map.entry("kb", k),
            Map.entry("kib", k),
            Map.entry("m", k * k),
            Map.entry("mb", k * k),
            Map.entry("mib", k * k),
            Map.entry("g", k * k * k),
            Map.entry("gb", k * k * k),
            Map.entry("gib", k * k * k)));
  }

  private record Numeric<T>(
      String what,
      String placeholder,
      long least,
      long most,
      LongFunction<T> of,
      ToLongFunction<T> number,
      Map<String, Long> units)
      implements ValueKind<T> {
    @Override
    public String allowed() {
      return what + " from " + least + " to " + most;
    }

    @Override
    public @Nullable T parse(String text) {
      if (!text.matches("-?[0-9]{1,18}")) {
        return null;
      }
      long value = Long.parseLong(text);
      return value < least || value > most ? null : of.apply(value);
    }

    @Override
    public String show(T value) {
      return Long.toString(number.applyAsLong(value));
    }

    /** People write 5s, 32 MiB and 30_000: the plain number for these. */
    @Override
    public @Nullable String suggest(String text) {
      Matcher matcher = WITH_UNIT.matcher(text.toLowerCase(Locale.ROOT).replaceAll("[_,']", ""));
      if (!matcher.matches()) {
        return null;
      }
      String unit = matcher.group(2);
      Long factor = unit == null ? Long.valueOf(1) : units.get(unit);
      if (factor == null) {
        return null;
      }
      String plain = Long.toString(Long.parseLong(matcher.group(1)) * factor);
      return plain.equals(text) || parse(plain) == null ? null : plain;
    }
  }

  static ValueKind<Boolean> onOff() {
    return new Words<>(
        "true or false (also on, off, yes, no, 1, 0)",
        "bool",
        List.of("true", "false", "on", "off", "yes", "no")) {
      @Override
      public @Nullable Boolean parse(String text) {
        return SWITCH.get(text.toLowerCase(Locale.ROOT));
      }

      @Override
      public String show(Boolean value) {
        return value ? "true" : "false";
      }
    };
  }

  static <E extends Enum<E>> ValueKind<E> oneOf(Class<E> type) {
    List<String> words =
        Arrays.stream(type.getEnumConstants()).map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
    int last = words.size() - 1;
    return new Words<>(
        String.join(", ", words.subList(0, last)) + " or " + words.get(last), "word", words) {
      @Override
      public @Nullable E parse(String text) {
        int index = words.indexOf(text.toLowerCase(Locale.ROOT));
        return index < 0 ? null : type.getEnumConstants()[index];
      }

      @Override
      public String show(E value) {
        return value.name().toLowerCase(Locale.ROOT);
      }
    };
  }

  /** A value out of a few words. */
  private abstract static class Words<T> implements ValueKind<T> {
    private final String allowed;
    private final String placeholder;
    private final List<String> words;

    Words(String allowed, String placeholder, List<String> words) {
      this.allowed = allowed;
      this.placeholder = placeholder;
      this.words = words;
    }

    @Override
    public String allowed() {
      return allowed;
    }

    @Override
    public String placeholder() {
      return placeholder;
    }

    @Override
    public @Nullable String suggest(String text) {
      return Nearest.to(text, words.stream()).orElse(null);
    }
  }

  static ValueKind<String> host() {
    return new ValueKind<>() {
      @Override
      public String allowed() {
        return "a host name or an IP address, without scheme, brackets or port";
      }

      @Override
      public String placeholder() {
        return "host";
      }

      @Override
      public @Nullable String parse(String text) {
        boolean good = HOST.matcher(text).matches() || ADDRESS_6.matcher(text).matches();
        return good ? text : null;
      }

      @Override
      public @Nullable String suggest(String text) {
        String bare =
            text.replaceFirst("^\\w+://", "")
                .replaceFirst("/.*$", "")
                .replaceFirst("^\\[(.*)](:\\d*)?$", "$1")
                .replaceFirst("^([^:]*):\\d*$", "$1");
        return bare.isEmpty() || bare.equals(text) || parse(bare) == null ? null : bare;
      }
    };
  }

  static ValueKind<String> model() {
    return new ValueKind<>() {
      @Override
      public String allowed() {
        return "a model's name without spaces, or * for what the client asks for";
      }

      @Override
      public String placeholder() {
        return "model";
      }

      @Override
      public @Nullable String parse(String text) {
        return visible(text) ? text : null;
      }
    };
  }

  static ValueKind<String> name() {
    return new ValueKind<>() {
      @Override
      public String allowed() {
        return "a name without spaces";
      }

      @Override
      public String placeholder() {
        return "name";
      }

      @Override
      public @Nullable String parse(String text) {
        return visible(text) ? text : null;
      }
    };
  }

  static ValueKind<Double> fraction() {
    return new ValueKind<>() {
      @Override
      public String allowed() {
        return "a number from 0 to 1, such as 0.25";
      }

      @Override
      public String placeholder() {
        return "fraction";
      }

      @Override
      public @Nullable Double parse(String text) {
        return FRACTION.matcher(text).matches() ? Double.valueOf(text) : null;
      }

      @Override
      public String show(Double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
      }

      @Override
      public @Nullable String suggest(String text) {
        Matcher percent = PERCENT.matcher(text);
        return percent.matches()
            ? BigDecimal.valueOf(Long.parseLong(percent.group(1)), 2).toPlainString()
            : null;
      }
    };
  }

  static ValueKind<Path> file() {
    return new ValueKind<>() {
      @Override
      public String allowed() {
        return "a file's path (~ is not expanded)";
      }

      @Override
      public String placeholder() {
        return "file";
      }

      @Override
      public @Nullable Path parse(String text) {
        if (text.equals("~") || text.startsWith("~/")) {
          return null;
        }
        try {
          return Path.of(text);
        } catch (InvalidPathException e) {
          return null;
        }
      }
    };
  }

  static ValueKind<Secret> secret() {
    return secretOfAtLeast(1);
  }

  /** A secret that is to be hard to guess. */
  static ValueKind<Secret> secretOfAtLeast(int length) {
    return new ValueKind<>() {
      @Override
      public String allowed() {
        return (length > 1 ? "at least " + length + " characters, " : "")
            + "printable ASCII without spaces, as it goes into a header";
      }

      @Override
      public String placeholder() {
        return "secret";
      }

      @Override
      public @Nullable Secret parse(String text) {
        boolean good =
            text.length() >= length && visible(text) && text.chars().allMatch(c -> c < 0x7f);
        return good ? new Secret(text) : null;
      }

      @Override
      public String showRefused(String text) {
        return "***";
      }

      @Override
      public boolean secret() {
        return true;
      }
    };
  }

  private static boolean visible(String text) {
    return Stream.of(text)
        .flatMapToInt(String::chars)
        .noneMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c));
  }
}
