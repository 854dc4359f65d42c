package dev.tallygate.server;

import dev.tallygate.auth.Authenticator;
import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.BodyBudget;
import dev.tallygate.proxy.CallTracer;
import dev.tallygate.proxy.Exchange;
import dev.tallygate.proxy.RelayTimeouts;
import dev.tallygate.proxy.Upstream;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.usage.UsageLedger;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP edge works with.
 *
 * @param defaultModel for keys that name no model; may change
 * @param reservedTokens kept at what is reserved for running exchanges
 * @param tracer places exchanges in traces
 * @param tls null: clients speak HTTP without it
 * @param finished told of every exchange that has ended, on its event loop
 */
public record ServerParts(
    Ticker ticker,
    Authenticator authenticator,
    QuotaEnforcer quota,
    UsageLedger ledger,
    Map<ApiFormat, Upstream> upstreams,
    RelayTimeouts timeouts,
    BodyBudget bodies,
    LongAdder reservedTokens,
    Endpoints endpoints,
    Supplier<String> defaultModel,
    CallTracer tracer,
    @Nullable ServerTls tls,
    Consumer<Exchange> finished) {
  /** Copies the map. */
  public ServerParts {
    upstreams = Map.copyOf(upstreams);
  }
}
