/**
 * The HTTP edge: connections, the steps of a request, the gateway's own endpoints, error bodies and
 * the access log. Imports {@code proxy} and what lies below it; a connection is confined to its
 * event loop, what they share is thread-safe.
 */
@NullMarked
package dev.tallygate.server;

import org.jspecify.annotations.NullMarked;
