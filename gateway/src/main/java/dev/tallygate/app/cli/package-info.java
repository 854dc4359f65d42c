/**
 * What the commands of the program have in common: flags, output for people and for scripts, exit
 * codes. Imported by {@code app} and its other packages only. One thread, the process's first.
 */
@NullMarked
package dev.tallygate.app.cli;

import org.jspecify.annotations.NullMarked;
