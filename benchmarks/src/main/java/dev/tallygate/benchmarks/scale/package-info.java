/**
 * The run behind {@code bin/scale}: how far the real gateway goes, as a process of its own with its
 * own settings, through real sockets: many open streams, many keys, edits of a big key file. Runs
 * from its sources, with the libraries of the built gateway beside it.
 */
@NullMarked
package dev.tallygate.benchmarks.scale;

import org.jspecify.annotations.NullMarked;
