/**
 * The whole gateway over real sockets, against upstreams that misbehave on request. Tests tagged
 * {@code transport} run once over each transport.
 */
@NullMarked
package dev.tallygate.blackbox;

import org.jspecify.annotations.NullMarked;
