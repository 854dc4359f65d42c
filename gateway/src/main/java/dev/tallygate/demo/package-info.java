/**
 * The demonstration: a simulated upstream with plausible answers and exact token counts, and the
 * script that sends calls through a gateway to it and checks what became of them. Imports {@code
 * model} only. Each connection is served on its own virtual thread; the script runs on its
 * caller's.
 */
@NullMarked
package dev.tallygate.demo;

import org.jspecify.annotations.NullMarked;
