/** Benchmarks of the gateway; never shipped. */
@NullMarked
package dev.tallygate.benchmarks;

import org.jspecify.annotations.NullMarked;
