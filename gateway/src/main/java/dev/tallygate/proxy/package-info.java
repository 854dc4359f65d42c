/**
 * Relays one call to an upstream and its answer back. Imports {@code upstream}, {@code usage},
 * {@code route}, {@code quota}, {@code auth} and {@code model}. A call is confined to one event
 * loop; what all loops share ({@link dev.tallygate.proxy.Upstream}, {@link
 * dev.tallygate.proxy.BodyBudget}) is thread-safe.
 */
@NullMarked
package dev.tallygate.proxy;

import org.jspecify.annotations.NullMarked;
