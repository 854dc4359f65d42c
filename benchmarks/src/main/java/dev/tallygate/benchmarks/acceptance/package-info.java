/**
 * The acceptance run behind {@code bin/acceptance}: the predecessor's load tests and targets,
 * measured on the real gateway, which runs as a process of its own with its own settings, through
 * real sockets. Runs from its sources, with the libraries of the built gateway beside it.
 */
@NullMarked
package dev.tallygate.benchmarks.acceptance;

import org.jspecify.annotations.NullMarked;
