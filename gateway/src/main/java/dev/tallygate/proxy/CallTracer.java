package dev.tallygate.proxy;

import org.jspecify.annotations.Nullable;

/** Places calls in distributed traces. Called on the calls' event loops. */
@FunctionalInterface
public interface CallTracer {
  /** Begins the place of an exchange whose route and key are known; null: it has none. */
  @Nullable CallTrace begin(Exchange exchange);
}
