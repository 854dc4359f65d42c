/**
 * What the commands that measure a live gateway have in common ({@code bin/acceptance}, {@code
 * bin/scale}): the gateway as a process of its own, its key file, clients and an upstream, and the
 * table of what was found. Runs from its sources, with the libraries of the built gateway beside
 * it.
 */
@NullMarked
package dev.tallygate.benchmarks.harness;

import org.jspecify.annotations.NullMarked;
