package dev.tallygate.config;

import dev.tallygate.model.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** The table of all settings. Flags, the reference and {@code config check} come from here. */
final class Settings {
  private static final long DAY = 86_400_000;
  private static final long MIB = 1024 * 1024;

  static final Setting<String> HOST =
      new Setting<>("HOST", ValueKinds.host(), "0.0.0.0", "Address to listen on");
  static final Setting<Integer> PORT =
      new Setting<>(
          "PORT", ValueKinds.count(0, 65535), "3000", "Port to listen on; 0 takes a free one");
  static final Setting<Config.Transport> TRANSPORT =
      new Setting<>(
          "TRANSPORT",
          ValueKinds.oneOf(Config.Transport.class),
          "auto",
          "Kernel interface for sockets; auto takes the fastest that works here");

  static final Setting<Path> TLS_CERT =
      new Setting<>(
          "TLS_CERT",
          ValueKinds.file(),
          null,
          "PEM file of the certificate for clients, and of those between it and its authority; read"
              + " again when it changes; without it clients speak plain HTTP");
  static final Setting<Path> TLS_KEY =
      new Setting<>(
          "TLS_KEY", ValueKinds.file(), null, "PEM file of its private key, without a password");

  static final Setting<OptionalInt> MANAGEMENT_PORT =
      new Setting<>(
          "MANAGEMENT_PORT",
          ValueKinds.portOrOff(),
          "3001",
          "Port of metrics, admin API and dashboard; 0 takes a free one, off opens none");
  static final Setting<String> MANAGEMENT_HOST =
      new Setting<>(
          "MANAGEMENT_HOST",
          ValueKinds.host(),
          "127.0.0.1",
          "Address that port listens on; metrics are open to whoever reaches it");
  static final Setting<Secret> ADMIN_TOKEN =
      new Setting<>(
          "ADMIN_TOKEN",
          ValueKinds.secretOfAtLeast(16),
          null,
          "Signs in to admin API and dashboard; without it both are off");

  static final Setting<Path> DATA_FILE =
      new Setting<>(
          "DATA_FILE",
          ValueKinds.file(),
          "data/apikeys.json",
          "Key file, relative to the working directory");
  static final Setting<Duration> USAGE_SYNC_MS =
      new Setting<>(
          "USAGE_SYNC_MS",
          ValueKinds.millis(0, 60_000),
          "200",
          "How often recorded usage goes to the disk, where a power cut does not take it; 0: before"
              + " each answer completes");
  static final Setting<String> DEFAULT_MODEL =
      new Setting<>(
              "DEFAULT_MODEL",
              ValueKinds.model(),
              "glm-4.7",
              "Model for keys that name none; * leaves the choice to the client")
          .whileRunning();

  static final Setting<Boolean> CACHE_ENABLED =
      new Setting<>(
          "CACHE_ENABLED",
          ValueKinds.onOff(),
          "true",
          "Keep key definitions in memory; false looks at the key file on every request, off the"
              + " event loop");
  static final Setting<Integer> CACHE_MAX_SIZE =
      new Setting<>(
          "CACHE_MAX_SIZE", ValueKinds.count(1, 10_000_000), "1000", "Keys held in memory at most");
  static final Setting<Duration> CACHE_TTL_MS =
      new Setting<>(
          "CACHE_TTL_MS",
          ValueKinds.millis(1, 365 * DAY),
          "300000",
          "Time until a held key is read again; a changed key takes effect at once regardless");
  static final Setting<Boolean> CACHE_WARMUP_ON_START =
      new Setting<>(
          "CACHE_WARMUP_ON_START",
          ValueKinds.onOff(),
          "false",
          "Load all keys at start, in the background");
  static final Setting<Config.Cache.LogLevel> CACHE_LOG_LEVEL =
      new Setting<>(
          "CACHE_LOG_LEVEL",
          ValueKinds.oneOf(Config.Cache.LogLevel.class),
          "none",
          "[cache] log lines: info for changes and warm-up, debug for every hit and miss too");

  static final Setting<Secret> ZAI_API_KEY =
      new Setting<>(
              "ZAI_API_KEY",
              ValueKinds.secret(),
              null,
              "Master key sent upstream; without it only keys with their own upstream key are served")
          .whileRunning();
  static final Setting<URI> OPENAI_UPSTREAM_URL =
      new Setting<>(
          "OPENAI_UPSTREAM_URL",
          new UrlKind(),
          "https://api.z.ai/api/paas/v4",
          "Base that replaces /v1 of OpenAI-shaped calls");
  static final Setting<URI> ANTHROPIC_UPSTREAM_URL =
      new Setting<>(
          "ANTHROPIC_UPSTREAM_URL",
          new UrlKind(),
          "https://api.z.ai/api/anthropic",
          "Base that /v1/messages is appended to");
  static final Setting<Path> UPSTREAM_CA_FILE =
      new Setting<>(
          "UPSTREAM_CA_FILE",
          ValueKinds.file(),
          null,
          "PEM file of certificate authorities to trust upstream besides the platform's");

  static final Setting<Integer> MODEL_CONTEXT_TOKENS =
      new Setting<>(
              "MODEL_CONTEXT_TOKENS",
              ValueKinds.count(1, 100_000_000),
              "204800",
              "Most input tokens that any model in use takes; strict quotas reserve no more for a"
                  + " call")
          .whileRunning();
  static final Setting<Integer> MODEL_MAX_OUTPUT_TOKENS =
      new Setting<>(
              "MODEL_MAX_OUTPUT_TOKENS",
              ValueKinds.count(1, 100_000_000),
              "131072",
              "Most tokens that any model in use answers; strict quotas reserve them for a call that"
                  + " sets no maximum")
          .whileRunning();
  static final Setting<Integer> MEDIA_MAX_TOKENS =
      new Setting<>(
              "MEDIA_MAX_TOKENS",
              ValueKinds.count(1, 100_000_000),
              "16384",
              "Most input tokens of one image; strict quotas reserve them for each")
          .whileRunning();

  static final Setting<Duration> UPSTREAM_CONNECT_TIMEOUT_MS =
      new Setting<>(
          "UPSTREAM_CONNECT_TIMEOUT_MS",
          ValueKinds.millis(1, DAY),
          "5000",
          "Longest wait for a connection to an upstream");
  static final Setting<Duration> UPSTREAM_HEADER_TIMEOUT_MS =
      new Setting<>(
          "UPSTREAM_HEADER_TIMEOUT_MS",
          ValueKinds.millis(1, DAY),
          "600000",
          "Longest wait for an upstream to begin its answer; one not streamed begins when done");
  static final Setting<Duration> UPSTREAM_IDLE_TIMEOUT_MS =
      new Setting<>(
          "UPSTREAM_IDLE_TIMEOUT_MS",
          ValueKinds.millis(1, DAY),
          "300000",
          "Longest silence within an upstream's answer");
  static final Setting<Duration> CLIENT_HEADER_TIMEOUT_MS =
      new Setting<>(
          "CLIENT_HEADER_TIMEOUT_MS",
          ValueKinds.millis(1, DAY),
          "15000",
          "Longest time for a request's header to arrive");
  static final Setting<Duration> CLIENT_BODY_TIMEOUT_MS =
      new Setting<>(
          "CLIENT_BODY_TIMEOUT_MS",
          ValueKinds.millis(1, DAY),
          "600000",
          "Longest time for a request's body to arrive, however steadily it does");
  static final Setting<Duration> CLIENT_IDLE_TIMEOUT_MS =
      new Setting<>(
          "CLIENT_IDLE_TIMEOUT_MS",
          ValueKinds.millis(1, DAY),
          "60000",
          "Longest silence within a request's body, and life of an idle connection");
  static final Setting<Duration> SHUTDOWN_GRACE_MS =
      new Setting<>(
          "SHUTDOWN_GRACE_MS",
          ValueKinds.millis(0, DAY),
          "30000",
          "Time for running calls to end after SIGTERM");

  static final Setting<Integer> UPSTREAM_BREAKER_FAILURES =
      new Setting<>(
              "UPSTREAM_BREAKER_FAILURES",
              ValueKinds.count(0, 1_000_000),
              "20",
              "Attempts in a row without a connection or an answer after which an upstream is left alone"
                  + " for a while, calls getting 503; 0: never")
          .whileRunning();
  static final Setting<Duration> UPSTREAM_RETRY_MS =
      new Setting<>(
              "UPSTREAM_RETRY_MS",
              ValueKinds.millis(0, DAY),
              "1000",
              "How long after its first attempt a call that could not connect is tried again; 0: not")
          .whileRunning();
  static final Setting<Set<Integer>> UPSTREAM_RETRY_ON =
      new Setting<>(
              "UPSTREAM_RETRY_ON",
              new NumbersKind(List.of(502, 503, 504, 529, 1302, 1303, 1305, 1312)),
              null,
              "Statuses of an upstream, and error codes of Z.AI, after which a call is tried again as"
                  + " well; not set: they are passed on")
          .whileRunning();
  static final Setting<Integer> UPSTREAM_MAX_CONCURRENT =
      new Setting<>(
              "UPSTREAM_MAX_CONCURRENT",
              ValueKinds.count(1, 1_000_000),
              null,
              "Calls at the upstreams at one time, of all keys together; not set: no limit")
          .whileRunning();
  static final Setting<Duration> UPSTREAM_QUEUE_MS =
      new Setting<>(
              "UPSTREAM_QUEUE_MS",
              ValueKinds.millis(0, DAY),
              "0",
              "Longest wait of a call for its turn among them, keys taking turns; 0: it gets 503 at"
                  + " once")
          .whileRunning();

  static final Setting<Long> MAX_BODY_BYTES =
      new Setting<>(
          "MAX_BODY_BYTES",
          ValueKinds.bytes(1, 1024 * MIB),
          "33554432",
          "Largest request body; a larger one gets 413");
  static final Setting<Long> MAX_BODY_MEMORY_BYTES =
      new Setting<>(
          "MAX_BODY_MEMORY_BYTES",
          ValueKinds.bytes(1, 1024 * 1024 * MIB),
          "268435456",
          "Memory for all request bodies together, at least MAX_BODY_BYTES; beyond it 503");
  static final Setting<Integer> MAX_CONNECTIONS =
      new Setting<>(
          "MAX_CONNECTIONS",
          ValueKinds.count(1, 1_000_000),
          "20000",
          "Client connections at one time, and calls, of which one of HTTP/2 has up to 128");
  static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS =
      new Setting<>(
          "MAX_CONNECTIONS_PER_ADDRESS",
          ValueKinds.count(1, 1_000_000),
          null,
          "Those of one client address, or one /64 of IPv6; not set: no limit of its own, as behind"
              + " a proxy, whose address all share");
  static final Setting<Integer> UNKNOWN_KEY_LIMIT_PER_MINUTE =
      new Setting<>(
          "UNKNOWN_KEY_LIMIT_PER_MINUTE",
          ValueKinds.count(1, 1_000_000),
          null,
          "Calls with unknown keys from one such address, beyond which they get 429 and the key file"
              + " is not asked; not set: no limit");

  static final Setting<Config.Logging.Format> LOG_FORMAT =
      new Setting<>(
          "LOG_FORMAT",
          ValueKinds.oneOf(Config.Logging.Format.class),
          "text",
          "Form of log lines on standard output");
  static final Setting<Config.Logging.Level> LOG_LEVEL =
      new Setting<>(
              "LOG_LEVEL",
              ValueKinds.oneOf(Config.Logging.Level.class),
              "info",
              "Least important events that are logged")
          .whileRunning();
  static final Setting<Boolean> ACCESS_LOG =
      new Setting<>("ACCESS_LOG", ValueKinds.onOff(), "true", "Log a line for each request")
          .whileRunning();

  static final Setting<Boolean> METRICS =
      new Setting<>(
          "METRICS",
          ValueKinds.onOff(),
          "true",
          "Count requests, tokens and times for /metrics on the management port");
  static final Setting<Integer> METRICS_MAX_KEYS =
      new Setting<>(
          "METRICS_MAX_KEYS",
          ValueKinds.count(0, 100_000),
          "1000",
          "Keys that metrics tell apart by their ids, the first that call; the others are one; 0:"
              + " none");

  static final Setting<URI> OTEL_EXPORTER_OTLP_ENDPOINT =
      new Setting<>(
          "OTEL_EXPORTER_OTLP_ENDPOINT",
          new UrlKind(),
          null,
          "OpenTelemetry collector that a trace of each call goes to, over HTTP, at /v1/traces"
              + " below it; not set: no traces");
  static final Setting<Secret> OTEL_EXPORTER_OTLP_HEADERS =
      new Setting<>(
          "OTEL_EXPORTER_OTLP_HEADERS",
          ValueKinds.secret(),
          null,
          "Headers for the collector, name=value,name=value; a value's %XX is decoded");
  static final Setting<String> OTEL_SERVICE_NAME =
      new Setting<>(
          "OTEL_SERVICE_NAME", ValueKinds.name(), "tallygate", "Name of the gateway in traces");
  static final Setting<Double> OTEL_TRACES_SAMPLER_ARG =
      new Setting<>(
          "OTEL_TRACES_SAMPLER_ARG",
          ValueKinds.fraction(),
          "1",
          "Part of the calls that is traced, where the client has not decided");

  /** In the order in which people read them. */
  static final List<Setting<?>> ALL =
      List.of(
          HOST,
          PORT,
          TRANSPORT,
          TLS_CERT,
          TLS_KEY,
          MANAGEMENT_PORT,
          MANAGEMENT_HOST,
          ADMIN_TOKEN,
          DATA_FILE,
          USAGE_SYNC_MS,
          DEFAULT_MODEL,
          CACHE_ENABLED,
          CACHE_MAX_SIZE,
          CACHE_TTL_MS,
          CACHE_WARMUP_ON_START,
          CACHE_LOG_LEVEL,
          ZAI_API_KEY,
          OPENAI_UPSTREAM_URL,
          ANTHROPIC_UPSTREAM_URL,
          UPSTREAM_CA_FILE,
          MODEL_CONTEXT_TOKENS,
          MODEL_MAX_OUTPUT_TOKENS,
          MEDIA_MAX_TOKENS,
          UPSTREAM_CONNECT_TIMEOUT_MS,
          UPSTREAM_HEADER_TIMEOUT_MS,
          UPSTREAM_IDLE_TIMEOUT_MS,
          CLIENT_HEADER_TIMEOUT_MS,
          CLIENT_BODY_TIMEOUT_MS,
          CLIENT_IDLE_TIMEOUT_MS,
          SHUTDOWN_GRACE_MS,
          UPSTREAM_BREAKER_FAILURES,
          UPSTREAM_RETRY_MS,
          UPSTREAM_RETRY_ON,
          UPSTREAM_MAX_CONCURRENT,
          UPSTREAM_QUEUE_MS,
          MAX_BODY_BYTES,
          MAX_BODY_MEMORY_BYTES,
          MAX_CONNECTIONS,
          MAX_CONNECTIONS_PER_ADDRESS,
          UNKNOWN_KEY_LIMIT_PER_MINUTE,
          LOG_FORMAT,
          LOG_LEVEL,
          ACCESS_LOG,
          METRICS,
          METRICS_MAX_KEYS,
          OTEL_EXPORTER_OTLP_ENDPOINT,
          OTEL_EXPORTER_OTLP_HEADERS,
          OTEL_SERVICE_NAME,
          OTEL_TRACES_SAMPLER_ARG);

  private Settings() {}
}
