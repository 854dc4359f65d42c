/**
 * The HTTP edge: connections, the steps of a request, the gateway's own endpoints, error bodies and
 * the access log. Imports {@code proxy} and what lies below it; everything is confined to one event
 * loop.
 */
@NullMarked
package dev.tallygate.server;

import org.jspecify.annotations.NullMarked;
