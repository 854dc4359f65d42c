package dev.tallygate.auth;

import dev.tallygate.model.GatewaySecret;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@code [cache]} lines. Secrets are cut before they reach the log and never kept. */
final class CacheLog {
  private static final Logger LOG = LoggerFactory.getLogger("tallygate.cache");

  private final boolean info;
  private final boolean debug;

  CacheLog(CacheLogLevel level) {
    this.info = level != CacheLogLevel.NONE;
    this.debug = level == CacheLogLevel.DEBUG;
  }

  void hit(String secret, boolean absent) {
    if (debug) {
      LOG.info("[cache] hit {}{}", GatewaySecret.brief(secret), absent ? " (no such key)" : "");
    }
  }

  void miss(String secret) {
    if (debug) {
      LOG.info("[cache] miss {}", GatewaySecret.brief(secret));
    }
  }

  void populate(String secret, boolean absent) {
    if (debug) {
      LOG.info(
          "[cache] populate {}{}", GatewaySecret.brief(secret), absent ? " (no such key)" : "");
    }
  }

  void update(String id) {
    if (info) {
      LOG.info("[cache] update {}", id);
    }
  }

  void invalidate(String id) {
    if (info) {
      LOG.info("[cache] invalidate {}", id);
    }
  }

  void warmUp(int keys, Duration took) {
    if (info) {
      LOG.info("[cache] warm-up: {} keys in {} ms", keys, took.toMillis());
    }
  }

  /** Written whatever the level: an operator who asked for a warm-up and got none should know. */
  void warmUpFailed(String reason) {
    LOG.warn("[cache] warm-up: none, {}; keys are loaded when they are first used", reason);
  }
}
