/**
 * The study behind {@code bin/hit-rate}: how many calls the key cache answers from memory, beside
 * an exact LRU and the best that any cache could do, on made traces. Nothing is timed. Runs from
 * its sources, with the libraries of the built gateway beside it.
 */
@NullMarked
package dev.tallygate.benchmarks.hitrate;

import org.jspecify.annotations.NullMarked;
