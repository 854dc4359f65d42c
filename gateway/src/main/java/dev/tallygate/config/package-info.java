/**
 * The configuration as validated records, read from the environment, {@code .env} and flags.
 * Imports {@code model} only, is read only by {@code app}, which hands slices down.
 */
@NullMarked
package dev.tallygate.config;

import org.jspecify.annotations.NullMarked;
