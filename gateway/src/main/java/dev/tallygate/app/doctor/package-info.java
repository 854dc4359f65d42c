/**
 * {@code tallygate doctor}: looks at everything that a gateway needs, one check at a time, and says
 * what to do where something is wrong. Changes nothing. Imported by {@code app} only.
 */
@NullMarked
package dev.tallygate.app.doctor;

import org.jspecify.annotations.NullMarked;
