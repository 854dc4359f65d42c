package dev.tallygate.config;

import java.util.Map;
import java.util.Optional;

/**
 * Everything that was set, by where it was set. A flag wins over the process's environment, that
 * over {@code .env}. In the latter two an empty value counts as not set, as templates such as
 * {@code NAME=${NAME:-}} produce them.
 *
 * @param flags by setting
 * @param environment by name
 * @param dotEnv the file's entries
 */
record Sources(Map<Setting<?>, String> flags, Map<String, String> environment, DotEnv dotEnv) {
  static final String ENVIRONMENT = "environment";
  static final String FLAG = "flag";

  /**
   * A text that somebody set.
   *
   * @param text stripped
   * @param origin as shown to people
   */
  record Given(String text, String origin) {}

  Optional<Given> find(Setting<?> setting) {
    String flag = flags.get(setting);
    if (flag != null) {
      return Optional.of(new Given(flag.strip(), FLAG));
    }
    return variable(setting.name());
  }

  Optional<Given> variable(String name) {
    return Optional.ofNullable(environment.get(name))
        .map(text -> new Given(text.strip(), ENVIRONMENT))
        .filter(given -> !given.text().isEmpty())
        .or(() ->
            dotEnv
                .find(name)
                .map(entry -> new Given(entry.value().strip(), entry.origin()))
                .filter(given -> !given.text().isEmpty()));
  }
}
