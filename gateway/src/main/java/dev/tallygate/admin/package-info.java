/**
 * The edge for those who look after a gateway: a port of its own with metrics, the admin API and
 * the dashboard. A sibling of {@code server} that shares nothing with the path of a call. Imports
 * {@code proxy}, the decisions and {@code model}. Connections live on one event loop; requests are
 * answered on virtual threads, since most of the work waits for a file.
 */
@NullMarked
package dev.tallygate.admin;

import org.jspecify.annotations.NullMarked;
