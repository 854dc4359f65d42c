package dev.tallygate.config;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Freezes what people rely on. A change here is a change for them, and goes into CHANGELOG.md. */
class SettingsTest {
  @Test
  void names_areFrozen() {
    String names = Settings.ALL.stream().map(Setting::name).collect(Collectors.joining(" "));
    assertThat(names)
        .isEqualTo(
            "HOST PORT TRANSPORT TLS_CERT TLS_KEY MANAGEMENT_PORT MANAGEMENT_HOST ADMIN_TOKEN DATA_FILE"
                + " USAGE_SYNC_MS DEFAULT_MODEL CACHE_ENABLED CACHE_MAX_SIZE CACHE_TTL_MS"
                + " CACHE_WARMUP_ON_START CACHE_LOG_LEVEL ZAI_API_KEY OPENAI_UPSTREAM_URL"
                + " ANTHROPIC_UPSTREAM_URL UPSTREAM_CA_FILE MODEL_CONTEXT_TOKENS"
                + " MODEL_MAX_OUTPUT_TOKENS MEDIA_MAX_TOKENS UPSTREAM_CONNECT_TIMEOUT_MS"
                + " UPSTREAM_HEADER_TIMEOUT_MS UPSTREAM_IDLE_TIMEOUT_MS"
                + " CLIENT_HEADER_TIMEOUT_MS CLIENT_BODY_TIMEOUT_MS CLIENT_IDLE_TIMEOUT_MS SHUTDOWN_GRACE_MS UPSTREAM_BREAKER_FAILURES"
                + " UPSTREAM_RETRY_MS UPSTREAM_RETRY_ON UPSTREAM_MAX_CONCURRENT UPSTREAM_QUEUE_MS"
                + " MAX_BODY_BYTES MAX_BODY_MEMORY_BYTES"
                + " MAX_CONNECTIONS MAX_CONNECTIONS_PER_ADDRESS UNKNOWN_KEY_LIMIT_PER_MINUTE LOG_FORMAT LOG_LEVEL ACCESS_LOG METRICS METRICS_MAX_KEYS"
                + " OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_HEADERS OTEL_SERVICE_NAME"
                + " OTEL_TRACES_SAMPLER_ARG");
    assertThat(Settings.CACHE_TTL_MS.flag()).isEqualTo("--cache-ttl-ms");
  }

  @Test
  void defaults_areFrozen() {
    ConfigResult result = new ConfigLoader(Map.of(), Path.of("src/test")).load(Map.of(), List.of());
    assertThat(result)
        .isInstanceOfSatisfying(
            ConfigResult.Loaded.class,
            loaded ->
                assertThat(loaded.config())
                    .isEqualTo(
                        new Config(
                            new Config.Listen("0.0.0.0", 3000, Config.Transport.AUTO, null),
                            new Config.Management(OptionalInt.of(3001), "127.0.0.1", null),
                            new Config.Keys(
                                Path.of("src/test/data/apikeys.json"), ofMillis(200), "glm-4.7"),
                            new Config.Cache(
                                true, 1000, ofMinutes(5), false, Config.Cache.LogLevel.NONE),
                            new Config.Upstreams(
                                null,
                                URI.create("https://api.z.ai/api/paas/v4"),
                                URI.create("https://api.z.ai/api/anthropic"),
                                null),
                            new Config.Models(204_800, 131_072, 16_384),
                            new Config.Deadlines(
                                ofSeconds(5),
                                ofMinutes(10),
                                ofMinutes(5),
                                ofSeconds(15),
                                ofMinutes(10),
                                ofMinutes(1),
                                ofSeconds(30)),
                            new Config.Trouble(20, ofSeconds(1), Set.of(), 0, Duration.ZERO),
                            new Config.Limits(33_554_432, 268_435_456, 20_000, 0, 0),
                            new Config.Logging(
                                Config.Logging.Format.TEXT, Config.Logging.Level.INFO, true),
                            new Config.Metrics(true, 1000),
                            new Config.Tracing(null, Map.of(), "tallygate", 1))));
  }

  @Test
  void table_hasEverySettingOnce() {
    List<String> declared =
        Arrays.stream(Settings.class.getDeclaredFields())
            .filter(field -> field.getType() == Setting.class)
            .filter(field -> Modifier.isStatic(field.getModifiers()))
            .map(Field::getName)
            .toList();
    assertThat(Settings.ALL).extracting(Setting::name).containsExactlyElementsOf(declared);
  }
}
