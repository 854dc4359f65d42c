/**
 * The embedded store: the key file, its change notice and the usage mirrored into it. Implements
 * the ports of {@code auth} and {@code usage}; only {@code app} sees this package.
 */
@NullMarked
package dev.tallygate.store;

import org.jspecify.annotations.NullMarked;
