package dev.tallygate.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Finds what was set but has no effect: misspelt names, settings that do not exist yet. */
final class Strays {
  /** Other programs' variables are in the same environment; only these look like ours. */
  private static final List<String> PREFIXES =
      List.of(
          "CACHE_",
          "CLIENT_",
          "UPSTREAM_",
          "OPENAI_UPSTREAM",
          "ANTHROPIC_UPSTREAM",
          "ZAI_",
          "MAX_BODY",
          "MAX_CONNECTION",
          "UNKNOWN_KEY",
          "SHUTDOWN_",
          "MANAGEMENT_",
          "ADMIN_TOKEN",
          "ACCESS_LOG",
          "METRICS_",
          "DEFAULT_MODEL");

  /** One letter away from ours, but somebody else's. */
  private static final Set<String> OTHERS = Set.of("XAI_API_KEY");

  private Strays() {}

  static List<Mistake> in(Sources sources, List<String> arguments) {
    List<Mistake> mistakes = new ArrayList<>();
    ofCommandLine(arguments, mistakes);
    ofEnvironment(sources.environment(), mistakes);
    ofDotEnv(sources.dotEnv(), mistakes);
    return mistakes;
  }

  /** Values are never repeated: behind a misspelt flag may stand a secret. */
  private static void ofCommandLine(List<String> arguments, List<Mistake> mistakes) {
    boolean valueMayFollow = false;
    for (String argument : arguments) {
      if (!argument.startsWith("-")) {
        if (!valueMayFollow) {
          String shown = argument.replaceFirst("=.*", "");
          mistakes.add(new Mistake(shown, null, null, "an argument that is not expected", null));
        }
        valueMayFollow = false;
        continue;
      }
      String flag = argument.replaceFirst("=.*", "");
      mistakes.add(unknownFlag(flag));
      valueMayFollow = !argument.contains("=");
    }
  }

  private static Mistake unknownFlag(String flag) {
    String name = flag.replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
    if (Settings.ALL.stream().anyMatch(s -> s.secret() && s.name().equals(name))) {
      return new Mistake(
          flag,
          null,
          null,
          "a secret must not stand on a command line, which others can see; set "
              + name
              + " in the environment or in .env",
          null);
    }
    Stream<String> flags = Settings.ALL.stream().filter(s -> !s.secret()).map(Setting::flag);
    return new Mistake(flag, null, null, "no such flag", Nearest.to(flag, flags).orElse(null));
  }

  private static void ofEnvironment(Map<String, String> environment, List<Mistake> mistakes) {
    environment.keySet().stream()
        .filter(name -> PREFIXES.stream().anyMatch(name::startsWith))
        .filter(name -> !environment.getOrDefault(name, "").isBlank())
        .sorted()
        .forEach(name -> misspelt(name, Sources.ENVIRONMENT).ifPresent(mistakes::add));
  }

  private static void ofDotEnv(DotEnv dotEnv, List<Mistake> mistakes) {
    mistakes.addAll(dotEnv.mistakes());
    Set<String> seen = new HashSet<>();
    for (DotEnv.Entry entry : dotEnv.entries()) {
      if (isKnown(entry.name()) && !seen.add(entry.name())) {
        mistakes.add(
            new Mistake(
                entry.name(), null, entry.origin(), "set a second time; keep one of them", null));
      }
      if (!OTHERS.contains(entry.name())) {
        misspelt(entry.name(), entry.origin()).ifPresent(mistakes::add);
      }
    }
  }

  private static boolean isKnown(String name) {
    return Settings.ALL.stream().anyMatch(setting -> setting.name().equals(name));
  }

  /** A name that is not ours but nearly so: a letter or two off, or without its unit. */
  private static Optional<Mistake> misspelt(String name, String origin) {
    if (isKnown(name)) {
      return Optional.empty();
    }
    int most = name.length() <= 5 ? 1 : 2;
    return Stream.of(name, name + "_MS", name + "_BYTES")
        .flatMap(spelling ->
            Nearest.within(
                spelling.equals(name) ? most : 0,
                spelling,
                Settings.ALL.stream().map(Setting::name))
                .stream())
        .findFirst()
        .map(known -> new Mistake(name, null, origin, "no such setting", known));
  }
}
