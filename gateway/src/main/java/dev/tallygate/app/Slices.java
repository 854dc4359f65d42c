package dev.tallygate.app;

import dev.tallygate.auth.CacheLogLevel;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.config.Config;
import dev.tallygate.proxy.RelayTimeouts;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.server.ServerSettings;
import dev.tallygate.server.Transport;
import java.net.InetSocketAddress;
import java.util.List;

/** The configuration as the parts want it: each gets its own slice, in its own words. */
final class Slices {
  private Slices() {}

  /** What bounds a call whose client does not say. */
  static ModelLimits modelLimits(Config.Models models) {
    return new ModelLimits(models.contextTokens(), models.maxOutputTokens(), models.mediaTokens());
  }

  /** The key cache. */
  static CacheSettings cache(Config.Cache cache) {
    return new CacheSettings(
        cache.enabled(),
        cache.maxSize(),
        cache.ttl(),
        cache.warmUpOnStart(),
        CacheLogLevel.valueOf(cache.logLevel().name()));
  }

  /** The edge that clients meet. */
  static ServerSettings server(Config config) {
    Config.Listen listen = config.listen();
    List<Transport> transports =
        listen.transport() == Config.Transport.AUTO
            ? Transport.byPreference()
            : List.of(Transport.valueOf(listen.transport().name()));
    return new ServerSettings(
        new InetSocketAddress(listen.host(), listen.port()),
        transports,
        config.deadlines().clientHeader(),
        config.deadlines().clientBody(),
        config.deadlines().clientIdle(),
        config.limits().maxBodyBytes(),
        config.limits().maxConnections(),
        config.limits().maxConnectionsPerAddress(),
        config.limits().unknownKeysPerMinute());
  }

  /** How long an upstream may take. */
  static RelayTimeouts relayTimeouts(Config.Deadlines deadlines) {
    return new RelayTimeouts(
        deadlines.upstreamConnect(), deadlines.upstreamHeader(), deadlines.upstreamIdle());
  }
}
