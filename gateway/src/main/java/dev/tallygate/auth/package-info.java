/**
 * Decides whether a presented key may make a call, from memory. Imports {@code model} only. The
 * cache is entered by event loops (hits) and by loader threads (misses); change notices arrive on
 * the store's thread.
 */
@NullMarked
package dev.tallygate.auth;

import org.jspecify.annotations.NullMarked;
