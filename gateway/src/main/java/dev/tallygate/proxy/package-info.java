/**
 * Relays one call to an upstream and its answer back. Imports {@code usage}, {@code route}, {@code
 * quota}, {@code auth} and {@code model}; everything here is confined to one event loop.
 */
@NullMarked
package dev.tallygate.proxy;

import org.jspecify.annotations.NullMarked;
