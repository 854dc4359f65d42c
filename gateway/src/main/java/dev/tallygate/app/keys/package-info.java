/**
 * The commands {@code tallygate keys …}: on the key file, which a running gateway watches, or
 * through a gateway's admin API. Imported by {@code app} only. One thread, the process's first.
 */
@NullMarked
package dev.tallygate.app.keys;

import org.jspecify.annotations.NullMarked;
