/**
 * Distributed traces: a span for each call of a model, exported to a collector. Imports {@code
 * proxy} and what lies below it; only {@code app} uses it, and only where a collector is
 * configured, so that without one no class of OpenTelemetry is loaded. Entered by event loops,
 * which never wait; the export has threads of its own.
 */
@NullMarked
package dev.tallygate.tracing;

import org.jspecify.annotations.NullMarked;
