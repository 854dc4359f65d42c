/**
 * The program: the commands and {@link dev.tallygate.app.Gateway}, the only place that wires the
 * parts together.
 */
@NullMarked
package dev.tallygate.app;

import org.jspecify.annotations.NullMarked;
