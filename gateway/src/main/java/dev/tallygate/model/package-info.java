/**
 * The values every feature speaks in: keys, digests, token counts, the clock. Imports nothing of
 * the project; all types but {@code Times} are immutable or stateless and may be used from any
 * thread.
 */
@NullMarked
package dev.tallygate.model;

import org.jspecify.annotations.NullMarked;
