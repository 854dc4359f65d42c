/**
 * The measurement behind {@code bin/start-time}: from the start of the launcher to the first answer
 * of the gateway. Runs from its sources, with the libraries of the built gateway beside it.
 */
@NullMarked
package dev.tallygate.benchmarks.start;

import org.jspecify.annotations.NullMarked;
