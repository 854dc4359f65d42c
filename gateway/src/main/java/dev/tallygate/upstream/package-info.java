/**
 * Whether and when an upstream may be called: circuit breaker, retries, the account's own limits,
 * the number of calls at one time. Imports {@code model} only and knows no HTTP client.
 */
@NullMarked
package dev.tallygate.upstream;

import org.jspecify.annotations.NullMarked;
