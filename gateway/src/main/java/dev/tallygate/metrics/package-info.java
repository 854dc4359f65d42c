/**
 * What is measured and how it is told: counts of finished requests, readings of what other parts
 * know, both made into Prometheus's formats when somebody asks.
 *
 * <p>Imports {@code proxy} and what lies below it. The event loops enter {@code CallMeters}, which
 * knows nothing of Prometheus; a scrape runs on its caller's thread, and only then are the classes
 * of the Prometheus client loaded.
 */
@NullMarked
package dev.tallygate.metrics;

import org.jspecify.annotations.NullMarked;
