package dev.tallygate.app;

import dev.tallygate.config.Config;
import dev.tallygate.metrics.Readings;
import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Secret;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Upstream;
import dev.tallygate.proxy.UpstreamTarget;
import dev.tallygate.upstream.AccountState;
import dev.tallygate.upstream.CircuitBreaker;
import dev.tallygate.upstream.ConcurrencyLimit;
import dev.tallygate.upstream.RetryPolicy;
import io.netty.handler.ssl.SslContext;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The upstreams of a configuration, and what is wrong with them. */
record Upstreams(Map<ApiFormat, Upstream> byFormat, ConcurrencyLimit limit) implements Reloadable {

  static Upstreams of(Config config, SslContext tls, Ticker ticker) {
    Config.Trouble trouble = config.trouble();
    ConcurrencyLimit limit = new ConcurrencyLimit(trouble.maxConcurrent(), trouble.queue());
    Map<ApiFormat, Upstream> all = new EnumMap<>(ApiFormat.class);
    for (ApiFormat format : ApiFormat.values()) {
      URI base =
          switch (format) {
            case OPENAI -> config.upstreams().openAi();
            case ANTHROPIC -> config.upstreams().anthropic();
          };
      all.put(
          format,
          new Upstream(
              UpstreamTarget.of(format, base, tls, config.upstreams().masterKey()),
              new CircuitBreaker(trouble.breakerFailures(), ticker, new SplittableRandom()),
              new AccountState(ticker),
              limit,
              retries(trouble)));
    }
    return new Upstreams(all, limit);
  }

  private static RetryPolicy retries(Config.Trouble trouble) {
    return new RetryPolicy(trouble.retryWindow(), trouble.retryOn());
  }

  /** Changes what can be; what the upstreams have said of their accounts is forgotten. */
  @Override
  public void reload(Config config) {
    Config.Trouble trouble = config.trouble();
    limit.change(trouble.maxConcurrent(), trouble.queue());
    for (Upstream upstream : byFormat.values()) {
      upstream.breaker().threshold(trouble.breakerFailures());
      upstream.retries(retries(trouble));
      upstream.credential(config.upstreams().masterKey());
      upstream.account().forget();
    }
  }

  /** Calls that wait for their turn. */
  int waitingCalls() {
    return limit.waiting();
  }

  /** How it goes with each, for the metrics. */
  List<Readings.Upstream> readings() {
    return byFormat.entrySet().stream()
        .map(entry ->
            new Readings.Upstream(
                name(entry.getKey()),
                !entry.getValue().breaker().isOpen(),
                entry.getValue().breaker().openings(),
                account(entry.getValue()) == null))
        .toList();
  }

  /** What an operator should know, in words; empty when nothing is wrong. */
  List<String> troubles() {
    List<String> troubles = new ArrayList<>();
    if (byFormat.values().stream().anyMatch(one -> one.target().credential() == null)) {
      troubles.add("ZAI_API_KEY is not set: only keys with their own upstream key can call");
    }
    byFormat.forEach((format, upstream) -> {
      // Where it is, is nobody's business who asks for the gateway's health.
      String name = "the upstream " + name(format) + " ";
      if (upstream.breaker().isOpen()) {
        troubles.add(
            name
                + "gives no sign of life: calls get 503, and single ones are let through to try it");
      }
      @Nullable String account = account(upstream);
      if (account != null) {
        troubles.add(name + account);
      }
    });
    return troubles;
  }

  private static String name(ApiFormat format) {
    return format.name().toLowerCase(Locale.ROOT);
  }

  private static @Nullable String account(Upstream upstream) {
    Secret credential = upstream.target().credential();
    if (credential == null) {
      return null;
    }
    int refused = upstream.account().refusedWith(credential);
    if (refused != 0) {
      return refused == 401 || refused == 403
          ? "refuses the gateway's credential with " + refused + ": see ZAI_API_KEY"
          : "does not serve the gateway's account: its code " + refused;
    }
    AccountState.Spent spent = upstream.account().spent(credential);
    return spent == null
        ? null
        : "has no quota left for the gateway's account until " + spent.until();
  }
}
