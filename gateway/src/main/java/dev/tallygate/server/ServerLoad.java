package dev.tallygate.server;

/**
 * What the HTTP edge is busy with.
 *
 * @param exchanges requests that have not ended
 * @param streams those of them whose answer is a stream of events
 * @param clientConnections connections that clients hold open
 * @param refusedConnections connections refused so far because there were too many
 * @param refusedConnectionsOfAddress the same, too many of one address
 * @param malformedRequests requests that ended before their head was read
 * @param upstreamConnections connections to upstreams
 * @param idleUpstreamConnections those of them that wait for a call
 */
public record ServerLoad(
    int exchanges,
    int streams,
    int clientConnections,
    long refusedConnections,
    long refusedConnectionsOfAddress,
    long malformedRequests,
    int upstreamConnections,
    int idleUpstreamConnections) {}
