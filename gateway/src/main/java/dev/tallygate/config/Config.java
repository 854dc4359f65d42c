package dev.tallygate.config;

import dev.tallygate.model.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, checked. {@link ConfigLoader} makes one from what people wrote and
 * reports their mistakes; the checks here guard against code that makes one by hand.
 *
 * @param listen where clients connect
 * @param management where it is looked after
 * @param keys where key definitions live
 * @param cache the cache in front of them
 * @param upstreams where calls are relayed to
 * @param models what strict quotas reckon with
 * @param deadlines how long each wait may last
 * @param trouble what is done when an upstream fails
 * @param limits what bounds memory
 * @param logging what is written about it
 * @param metrics what is measured of it
 * @param tracing what is traced of it
 */
public record Config(
    Listen listen,
    Management management,
    Keys keys,
    Cache cache,
    Upstreams upstreams,
    Models models,
    Deadlines deadlines,
    Trouble trouble,
    Limits limits,
    Logging logging,
    Metrics metrics,
    Tracing tracing) {

  /**
   * Where clients connect.
   *
   * @param host address or name to bind
   * @param port 0 for a free one
   * @param transport the kernel interface for sockets
   * @param tls null: HTTP without it
   */
  public record Listen(String host, int port, Transport transport, @Nullable Tls tls) {
    /** Checks the port's range. */
    public Listen {
      check(!host.isBlank(), "host", host, "not blank");
      check(port >= 0 && port <= 65535, "port", port, "0 to 65535");
    }
  }

  /**
   * TLS towards clients.
   *
   * @param certificate PEM file of the certificate and those between it and its authority
   * @param key PEM file of its private key
   */
  public record Tls(Path certificate, Path key) {}

  /** The kernel interface for sockets. */
  public enum Transport {
    /** The fastest that works here. */
    AUTO,
    /** Linux io_uring. */
    IO_URING,
    /** Linux epoll. */
    EPOLL,
    /** Java's own selectors; everywhere. */
    NIO
  }

  /**
   * Where the gateway is looked after: metrics, admin API and dashboard.
   *
   * @param port 0 for a free one; empty: there is none
   * @param host address or name to bind
   * @param adminToken signs in to admin API and dashboard; null: both are off
   */
  public record Management(OptionalInt port, String host, @Nullable Secret adminToken) {
    /** Checks the port's range. */
    public Management {
      check(!host.isBlank(), "host", host, "not blank");
      int number = port.orElse(0);
      check(number >= 0 && number <= 65535, "port", number, "0 to 65535");
    }
  }

  /**
   * Where key definitions live.
   *
   * @param dataFile the key file; the usage ledger lies beside it
   * @param usageSync how long recorded usage may wait to be made safe from a power cut; zero: it
   *     does not
   * @param defaultModel the model of keys that name none; {@code *} for what the client asks for
   */
  public record Keys(Path dataFile, Duration usageSync, String defaultModel) {
    /** Checks that there is a model. */
    public Keys {
      check(!usageSync.isNegative(), "usageSync", usageSync, ">= 0");
      check(!defaultModel.isBlank(), "defaultModel", defaultModel, "not blank");
    }
  }

  /**
   * The cache of key definitions.
   *
   * @param enabled false: every request asks the store
   * @param maxSize keys held at most
   * @param ttl how long a definition is used before the store is asked again
   * @param warmUpOnStart whether all keys are loaded at start
   * @param logLevel which {@code [cache]} lines are written
   */
  public record Cache(
      boolean enabled, int maxSize, Duration ttl, boolean warmUpOnStart, LogLevel logLevel) {
    /** Checks that size and time to live are positive. */
    public Cache {
      check(maxSize > 0, "maxSize", maxSize, "> 0");
      check(ttl.isPositive(), "ttl", ttl, "> 0");
    }

    /** How much the cache says about itself. */
    public enum LogLevel {
      /** Nothing. */
      NONE,
      /** Updates, invalidations, warm-up. */
      INFO,
      /** Every hit, miss and populate as well. */
      DEBUG
    }
  }

  /**
   * Where calls are relayed to.
   *
   * @param masterKey the account's credential; null: only keys with their own are served
   * @param openAi base of the OpenAI-shaped API, without trailing slash; replaces {@code /v1}
   * @param anthropic base of the Anthropic-shaped API, without trailing slash; {@code /v1} follows
   * @param caFile PEM certificates of authorities to trust besides the platform's, or null
   */
  public record Upstreams(
      @Nullable Secret masterKey, URI openAi, URI anthropic, @Nullable Path caFile) {
    /** Checks that both bases can be called. */
    public Upstreams {
      checkBase("openAi", openAi);
      checkBase("anthropic", anthropic);
    }

    private static void checkBase(String name, URI base) {
      check(
          ("http".equals(base.getScheme()) || "https".equals(base.getScheme()))
              && base.getHost() != null
              && !base.getPath().endsWith("/"),
          name,
          base,
          "http or https, a host, no trailing slash");
    }
  }

  /**
   * What is done when an upstream fails or is busy.
   *
   * @param breakerFailures attempts in a row without a sign of life after which it is left alone
   *     for a while; 0: never
   * @param retryWindow how long after its first attempt a call may be tried again; zero: not
   * @param retryOn statuses and codes of Z.AI after which it is, besides failures to connect
   * @param maxConcurrent calls at the upstreams at one time; 0: no limit
   * @param queue longest wait for a turn among them; zero: none
   */
  public record Trouble(
      int breakerFailures,
      Duration retryWindow,
      Set<Integer> retryOn,
      int maxConcurrent,
      Duration queue) {
    /** Checks the ranges and copies the set. */
    public Trouble {
      check(breakerFailures >= 0, "breakerFailures", breakerFailures, ">= 0");
      check(!retryWindow.isNegative(), "retryWindow", retryWindow, ">= 0");
      check(maxConcurrent >= 0, "maxConcurrent", maxConcurrent, ">= 0");
      check(!queue.isNegative(), "queue", queue, ">= 0");
      retryOn = Set.copyOf(retryOn);
    }
  }

  /**
   * The most that any model in use takes or gives, in tokens.
   *
   * @param contextTokens of input
   * @param maxOutputTokens of an answer
   * @param mediaTokens of one image within the input
   */
  public record Models(int contextTokens, int maxOutputTokens, int mediaTokens) {
    /** Checks that there is something. */
    public Models {
      check(contextTokens > 0, "contextTokens", contextTokens, "> 0");
      check(maxOutputTokens > 0, "maxOutputTokens", maxOutputTokens, "> 0");
      check(mediaTokens > 0, "mediaTokens", mediaTokens, "> 0");
    }
  }

  /**
   * How long each wait may last.
   *
   * @param upstreamConnect for a connection to an upstream, TLS included
   * @param upstreamHeader from the end of the request to the head of the upstream's answer
   * @param upstreamIdle between bytes of the upstream's answer
   * @param clientHeader for a request's head to arrive
   * @param clientBody for a request's body to arrive
   * @param clientIdle between bytes of a request's body, and between requests of a connection
   * @param shutdownGrace for running calls when the gateway stops; zero: they are cut off
   */
  public record Deadlines(
      Duration upstreamConnect,
      Duration upstreamHeader,
      Duration upstreamIdle,
      Duration clientHeader,
      Duration clientBody,
      Duration clientIdle,
      Duration shutdownGrace) {
    /** Checks that the waits are positive. */
    public Deadlines {
      check(upstreamConnect.isPositive(), "upstreamConnect", upstreamConnect, "> 0");
      check(upstreamHeader.isPositive(), "upstreamHeader", upstreamHeader, "> 0");
      check(upstreamIdle.isPositive(), "upstreamIdle", upstreamIdle, "> 0");
      check(clientHeader.isPositive(), "clientHeader", clientHeader, "> 0");
      check(clientBody.isPositive(), "clientBody", clientBody, "> 0");
      check(clientIdle.isPositive(), "clientIdle", clientIdle, "> 0");
      check(!shutdownGrace.isNegative(), "shutdownGrace", shutdownGrace, ">= 0");
    }
  }

  /**
   * What bounds memory, and what one client address may ask for.
   *
   * @param maxBodyBytes one request's body
   * @param maxBodyMemoryBytes all request bodies held at one time
   * @param maxConnections client connections at one time
   * @param maxConnectionsPerAddress those of one address; 0: no limit of its own
   * @param unknownKeysPerMinute calls with unknown keys from one address; 0: no limit
   */
  public record Limits(
      long maxBodyBytes,
      long maxBodyMemoryBytes,
      int maxConnections,
      int maxConnectionsPerAddress,
      int unknownKeysPerMinute) {
    /** Checks that the largest body fits into the memory for all. */
    public Limits {
      check(maxBodyBytes > 0, "maxBodyBytes", maxBodyBytes, "> 0");
      check(
          maxBodyMemoryBytes >= maxBodyBytes,
          "maxBodyMemoryBytes",
          maxBodyMemoryBytes,
          ">= maxBodyBytes");
      check(maxConnections > 0, "maxConnections", maxConnections, "> 0");
      check(
          maxConnectionsPerAddress >= 0,
          "maxConnectionsPerAddress",
          maxConnectionsPerAddress,
          ">= 0");
      check(unknownKeysPerMinute >= 0, "unknownKeysPerMinute", unknownKeysPerMinute, ">= 0");
    }
  }

  /**
   * What is written to standard output.
   *
   * @param format of a line
   * @param level the least that is written
   * @param accessLog whether each request gets a line
   */
  public record Logging(Format format, Level level, boolean accessLog) {
    /** The form of a log line. */
    public enum Format {
      /** For people. */
      TEXT,
      /** One JSON object. */
      JSON
    }

    /** The least important event that is written. */
    public enum Level {
      /** Only what needs mending. */
      ERROR,
      /** And what may need attention. */
      WARN,
      /** And what happened. */
      INFO,
      /** And how. */
      DEBUG,
      /** And everything else. */
      TRACE
    }
  }

  /**
   * What is measured.
   *
   * @param enabled whether there is something to scrape
   * @param maxKeys keys that are told apart by their ids; 0: none
   */
  public record Metrics(boolean enabled, int maxKeys) {
    /** Checks the number. */
    public Metrics {
      check(maxKeys >= 0, "maxKeys", maxKeys, ">= 0");
    }
  }

  /**
   * What is traced.
   *
   * @param endpoint base of the collector, without trailing slash; null: nothing is traced
   * @param headers sent along to it
   * @param serviceName what the gateway is called there
   * @param sampled the part of the calls that is traced, where the client has not decided
   */
  public record Tracing(
      @Nullable URI endpoint, Map<String, Secret> headers, String serviceName, double sampled) {
    /** Checks the fraction and copies the map. */
    public Tracing {
      check(sampled >= 0 && sampled <= 1, "sampled", sampled, "0 to 1");
      headers = Map.copyOf(headers);
    }
  }

  private static void check(boolean good, String name, Object value, String expected) {
    if (!good) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }
  }
}
