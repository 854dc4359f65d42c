package dev.tallygate.metrics;

import dev.tallygate.auth.CacheStats;
import dev.tallygate.model.Times;
import java.util.List;

/**
 * What the parts of the gateway know of their state, read at one moment.
 *
 * @param load what it is busy with
 * @param upstreams how it goes with each of them
 * @param reserved what the quota holds for running calls
 * @param cache the key cache's counters and size
 * @param keys the store of keys
 * @param ledger the usage ledger
 * @param health {@code ok}, {@code degraded} or {@code not_ready}
 * @param memory what bodies and buffers take
 */
public record Readings(
    Load load,
    List<Upstream> upstreams,
    Reserved reserved,
    CacheStats cache,
    Keys keys,
    Ledger ledger,
    String health,
    Memory memory) {
  /** Copies the list. */
  public Readings {
    upstreams = List.copyOf(upstreams);
  }

  /** What {@link #health} may be. */
  static final List<String> HEALTH_STATES = List.of("ok", "degraded", "not_ready");

  /**
   * What it is busy with.
   *
   * @param calls requests that have not ended
   * @param streams those of them whose answer is a stream of events
   * @param clientConnections connections that clients hold open
   * @param refusedConnections connections refused so far because there were too many
   * @param refusedConnectionsOfAddress the same, too many of one address
   * @param malformedRequests requests that ended before their head was read
   * @param busyUpstreamConnections connections to upstreams that carry a call
   * @param idleUpstreamConnections connections to upstreams that wait for one
   * @param waitingCalls calls that wait for their turn at the upstreams
   */
  public record Load(
      int calls,
      int streams,
      int clientConnections,
      long refusedConnections,
      long refusedConnectionsOfAddress,
      long malformedRequests,
      int busyUpstreamConnections,
      int idleUpstreamConnections,
      int waitingCalls) {}

  /**
   * How it goes with an upstream.
   *
   * @param name the API that it speaks, in small letters
   * @param tried whether calls go to it; false: its circuit breaker is open
   * @param breaks how often that has opened
   * @param accountServed false: it does not serve the gateway's account, or that has no quota left
   */
  public record Upstream(String name, boolean tried, long breaks, boolean accountServed) {}

  /**
   * What the quota holds for running calls.
   *
   * @param calls reservations that have not ended
   * @param tokens that they hold
   * @param difference tokens that are reserved for no running call; anything but 0 is a bug
   */
  public record Reserved(long calls, long tokens, long difference) {}

  /**
   * The store of keys.
   *
   * @param readable whether it can say of a key whether it exists
   * @param current whether what it says is what the key file says now
   * @param count keys that are defined
   * @param refusedEntries entries of the key file that are not accepted
   */
  public record Keys(boolean readable, boolean current, int count, int refusedEntries) {}

  /**
   * The usage ledger.
   *
   * @param up whether usage can be recorded
   * @param waitingCalls calls that are not in its database yet
   * @param commits the times of its commits since start
   */
  public record Ledger(boolean up, long waitingCalls, Times commits) {}

  /**
   * Memory in bytes.
   *
   * @param bodies request bodies
   * @param bodyLimit the most that these may take
   * @param buffers buffers of connections, outside of the heap
   */
  public record Memory(long bodies, long bodyLimit, long buffers) {}
}
