package dev.tallygate.server;

/**
 * What the HTTP edge is busy with.
 *
 * @param exchanges requests that have not ended
 * @param streams those of them whose answer is a stream of events
 * @param clientConnections connections that clients hold open
 * @param upstreamConnections connections to upstreams
 * @param idleUpstreamConnections those of them that wait for a call
 */
public record ServerLoad(
    int exchanges,
    int streams,
    int clientConnections,
    int upstreamConnections,
    int idleUpstreamConnections) {}
