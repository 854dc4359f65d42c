/**
 * A simulated upstream with plausible answers and token counts, for the demonstration and the
 * tests. Imports nothing of the project.
 */
@NullMarked
package dev.tallygate.demo;

import org.jspecify.annotations.NullMarked;
