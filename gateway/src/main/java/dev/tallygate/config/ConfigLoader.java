package dev.tallygate.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tallygate.model.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration from flags, the process's environment and {@code .env}, in this order of
 * precedence, and finds all mistakes in one go. Immutable; any thread.
 */
public final class ConfigLoader {
  private static final Pattern LOOPBACK = Pattern.compile("localhost|127[.].*|::1");
  private static final String HEADER = "([\\w.!#$&'*+^`|~-]+)=((?:[^%]|%[2-7]\\p{XDigit})*)";

  private final Map<String, String> environment;
  private final Path directory;

  /**
   * Reads from the given environment.
   *
   * @param environment variables by name
   * @param directory where {@code .env} is, and where relative paths begin
   */
  public ConfigLoader(Map<String, String> environment, Path directory) {
    this.environment = Map.copyOf(environment);
    this.directory = directory;
  }

  /** Reads from this process's environment and working directory. */
  public static ConfigLoader ofProcess() {
    return new ConfigLoader(System.getenv(), Path.of(""));
  }

  /** Whether output on a terminal may be coloured: <a href="https://no-color.org">NO_COLOR</a>. */
  public boolean wantsColours() {
    return environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /** {@code .env}, where it sets what is a credential, whether or not that is in force. */
  public Optional<Path> fileWithSecrets() {
    DotEnv file = DotEnv.in(directory);
    return Settings.ALL.stream()
            .filter(Setting::secret)
            .flatMap(setting -> file.find(setting.name()).stream())
            .allMatch(entry -> entry.value().isBlank())
        ? Optional.empty()
        : Optional.of(directory.resolve(DotEnv.FILE_NAME));
  }

  /** All settings, in the order in which people read them. */
  public static List<Setting<?>> settings() {
    return Settings.ALL;
  }

  /**
   * Reads and checks everything.
   *
   * @param flags what was set on the command line
   * @param unknownArguments what else was there, in its order; each is a mistake
   */
  public ConfigResult load(Map<Setting<?>, String> flags, List<String> unknownArguments) {
    Sources sources = new Sources(flags, environment, DotEnv.in(directory));
    Reading reading = new Reading(sources);
    Config config = read(reading);
    List<Mistake> mistakes = new ArrayList<>(Strays.in(sources, unknownArguments));
    mistakes.addAll(reading.mistakes());
    return mistakes.isEmpty()
        ? new ConfigResult.Loaded(config, reading.effective(), warnings(config), reading.values())
        : new ConfigResult.Refused(mistakes);
  }

  /** Reads in the order of {@link Settings#ALL}, which is the order of the report. */
  private Config read(Reading from) {
    Config.Listen listen =
        new Config.Listen(
            from.required(Settings.HOST),
            from.required(Settings.PORT),
            from.required(Settings.TRANSPORT),
            tls(from));
    return new Config(
        listen,
        management(from, listen.port()),
        new Config.Keys(
            dataFile(from),
            from.required(Settings.USAGE_SYNC_MS),
            from.required(Settings.DEFAULT_MODEL)),
        new Config.Cache(
            from.required(Settings.CACHE_ENABLED),
            from.required(Settings.CACHE_MAX_SIZE),
            from.required(Settings.CACHE_TTL_MS),
            from.required(Settings.CACHE_WARMUP_ON_START),
            from.required(Settings.CACHE_LOG_LEVEL)),
        new Config.Upstreams(
            from.optional(Settings.ZAI_API_KEY),
            from.required(Settings.OPENAI_UPSTREAM_URL),
            from.required(Settings.ANTHROPIC_UPSTREAM_URL),
            caFile(from)),
        new Config.Models(
            from.required(Settings.MODEL_CONTEXT_TOKENS),
            from.required(Settings.MODEL_MAX_OUTPUT_TOKENS),
            from.required(Settings.MEDIA_MAX_TOKENS)),
        new Config.Deadlines(
            from.required(Settings.UPSTREAM_CONNECT_TIMEOUT_MS),
            from.required(Settings.UPSTREAM_HEADER_TIMEOUT_MS),
            from.required(Settings.UPSTREAM_IDLE_TIMEOUT_MS),
            from.required(Settings.CLIENT_HEADER_TIMEOUT_MS),
            from.required(Settings.CLIENT_BODY_TIMEOUT_MS),
            from.required(Settings.CLIENT_IDLE_TIMEOUT_MS),
            from.required(Settings.SHUTDOWN_GRACE_MS)),
        trouble(from),
        limits(from),
        new Config.Logging(
            from.required(Settings.LOG_FORMAT),
            from.required(Settings.LOG_LEVEL),
            from.required(Settings.ACCESS_LOG)),
        new Config.Metrics(
            from.required(Settings.METRICS), from.required(Settings.METRICS_MAX_KEYS)),
        new Config.Tracing(
            from.optional(Settings.OTEL_EXPORTER_OTLP_ENDPOINT),
            collectorHeaders(from),
            from.required(Settings.OTEL_SERVICE_NAME),
            from.required(Settings.OTEL_TRACES_SAMPLER_ARG)));
  }

  private static Config.Trouble trouble(Reading from) {
    int failures = from.required(Settings.UPSTREAM_BREAKER_FAILURES);
    Duration window = from.required(Settings.UPSTREAM_RETRY_MS);
    Set<Integer> answers = from.optional(Settings.UPSTREAM_RETRY_ON);
    Integer most = from.optional(Settings.UPSTREAM_MAX_CONCURRENT);
    return new Config.Trouble(
        failures,
        window,
        answers == null ? Set.of() : answers,
        most == null ? 0 : most,
        from.required(Settings.UPSTREAM_QUEUE_MS));
  }

  private static Config.Management management(Reading from, int mainPort) {
    OptionalInt port = from.required(Settings.MANAGEMENT_PORT);
    if (mainPort != 0
        && port.equals(OptionalInt.of(mainPort))
        && from.good(Settings.PORT)
        && from.good(Settings.MANAGEMENT_PORT)) {
      from.mistake(Settings.MANAGEMENT_PORT, "expected another port than PORT, or off", null);
    }
    return new Config.Management(
        port, from.required(Settings.MANAGEMENT_HOST), from.optional(Settings.ADMIN_TOKEN));
  }

  private Path dataFile(Reading from) {
    Path file = directory.resolve(from.required(Settings.DATA_FILE));
    if (from.good(Settings.DATA_FILE) && Files.isDirectory(file)) {
      from.mistake(
          Settings.DATA_FILE,
          "is a folder, expected a file (a container makes a folder when it mounts a file that is"
              + " not there)",
          null);
    }
    return file;
  }

  private Config.@Nullable Tls tls(Reading from) {
    Path certificate = from.optional(Settings.TLS_CERT);
    Path key = from.optional(Settings.TLS_KEY);
    if (certificate == null && key == null) {
      return null;
    }
    if (certificate == null || key == null) {
      from.mistake(
          certificate == null ? Settings.TLS_CERT : Settings.TLS_KEY,
          "expected a file, since "
              + (certificate == null ? "TLS_KEY" : "TLS_CERT")
              + " names one: TLS needs both",
          null);
      return null;
    }
    return new Config.Tls(
        readable(from, Settings.TLS_CERT, certificate), readable(from, Settings.TLS_KEY, key));
  }

  private Path readable(Reading from, Setting<Path> setting, Path given) {
    Path file = directory.resolve(given);
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      from.mistake(setting, "expected a file that can be read", null);
    }
    return file;
  }

  private @Nullable Path caFile(Reading from) {
    Path given = from.optional(Settings.UPSTREAM_CA_FILE);
    if (given == null) {
      return null;
    }
    Path file = directory.resolve(given);
    try (InputStream in = Files.newInputStream(file)) {
      if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        from.mistake(Settings.UPSTREAM_CA_FILE, "expected at least one PEM certificate", null);
      }
    } catch (IOException e) {
      from.mistake(Settings.UPSTREAM_CA_FILE, "expected a file that can be read", null);
    } catch (CertificateException e) {
      from.mistake(Settings.UPSTREAM_CA_FILE, "expected PEM certificates", null);
    }
    return file;
  }

  private static Config.Limits limits(Reading from) {
    long body = from.required(Settings.MAX_BODY_BYTES);
    long memory = from.required(Settings.MAX_BODY_MEMORY_BYTES);
    if (memory < body
        && from.good(Settings.MAX_BODY_BYTES)
        && from.good(Settings.MAX_BODY_MEMORY_BYTES)) {
      from.mistake(
          Settings.MAX_BODY_MEMORY_BYTES,
          "expected at least MAX_BODY_BYTES, which is " + body,
          null);
    }
    int connections = from.required(Settings.MAX_CONNECTIONS);
    Integer perAddress = from.optional(Settings.MAX_CONNECTIONS_PER_ADDRESS);
    Integer unknownKeys = from.optional(Settings.UNKNOWN_KEY_LIMIT_PER_MINUTE);
    return new Config.Limits(
        body,
        Math.max(body, memory),
        connections,
        perAddress == null ? 0 : perAddress,
        unknownKeys == null ? 0 : unknownKeys);
  }

  private static Map<String, Secret> collectorHeaders(Reading from) {
    Secret given = from.optional(Settings.OTEL_EXPORTER_OTLP_HEADERS);
    Map<String, Secret> headers = new HashMap<>();
    if (given != null) {
      for (String pair : given.reveal().split(",", -1)) {
        Matcher header = Pattern.compile(HEADER).matcher(pair);
        if (!header.matches()) {
          from.mistake(
              Settings.OTEL_EXPORTER_OTLP_HEADERS,
              "expected name=value, further ones after a comma, values with %XX for what is no"
                  + " letter, digit or sign",
              null);
          return Map.of();
        }
        // A plus sign is one: this is no form.
        String value = header.group(2).replace("+", "%2B");
        headers.put(header.group(1), new Secret(URLDecoder.decode(value, UTF_8)));
      }
    }
    return headers;
  }

  private static List<String> warnings(Config config) {
    List<String> warnings = new ArrayList<>();
    if (config.upstreams().masterKey() == null) {
      warnings.add(
          "ZAI_API_KEY is not set: calls get 503, except with keys that have an upstream_key of"
              + " their own.");
    }
    if (config.upstreams().anthropic().getPath().endsWith("/v1")) {
      warnings.add(
          "ANTHROPIC_UPSTREAM_URL ends in /v1, and /v1/messages is appended to it: /v1 is probably"
              + " one too many.");
    }
    Config.Management management = config.management();
    if (management.port().isEmpty() && management.adminToken() != null) {
      warnings.add("ADMIN_TOKEN is set and MANAGEMENT_PORT is off: there is no admin API.");
    }
    if (management.port().isPresent() && !LOOPBACK.matcher(management.host()).matches()) {
      warnings.add(
          "MANAGEMENT_HOST is not a loopback address: whoever reaches the port reads the metrics,"
              + " and ADMIN_TOKEN crosses the network unencrypted unless a proxy adds TLS.");
    }
    return warnings;
  }
}
