/**
 * The side-by-side comparison that {@code ./bench} runs: gateways doing the same work in front of
 * the same canned upstream, in interleaved rounds. Runs from its sources, with the libraries of the
 * built gateway beside it; knows none of the gateway's classes and sees it as a process only.
 */
@NullMarked
package dev.tallygate.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
