package dev.tallygate.server;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * What the HTTP edge is told.
 *
 * @param address where to listen; port 0 takes a free one
 * @param transports which to try, in this order
 * @param headerTimeout for a request's head, from its first byte
 * @param bodyTimeout for a request's body, from its head
 * @param idleTimeout between bytes of a request's body, and for a connection between requests
 * @param maxBodyBytes the largest request body
 * @param maxConnections accepted connections at the same time
 * @param maxConnectionsPerAddress those of one address; 0: no limit of its own
 * @param unknownKeysPerMinute calls with unknown keys from one address; 0: no limit
 */
public record ServerSettings(
    InetSocketAddress address,
    List<Transport> transports,
    Duration headerTimeout,
    Duration bodyTimeout,
    Duration idleTimeout,
    long maxBodyBytes,
    int maxConnections,
    int maxConnectionsPerAddress,
    int unknownKeysPerMinute) {
  /** Copies the list. */
  public ServerSettings {
    transports = List.copyOf(transports);
  }
}
