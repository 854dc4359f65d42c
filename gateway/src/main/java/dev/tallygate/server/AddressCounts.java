package dev.tallygate.server;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** How many of something each address has, up to a limit. Thread-safe. */
final class AddressCounts {
  private final int limit;
  private final ConcurrentMap<ClientAddress, Integer> counts = new ConcurrentHashMap<>();

  /**
   * @param limit for each address; 0: none, and nothing is counted
   */
  AddressCounts(int limit) {
    this.limit = limit;
  }

  /** Takes one more, or returns false when the address has as many as it may. */
  boolean tryTake(ClientAddress address) {
    if (limit == 0) {
      return true;
    }
    if (counts.merge(address, 1, Integer::sum) <= limit) {
      return true;
    }
    giveBack(address);
    return false;
  }

  /** Gives back what was taken. */
  void giveBack(ClientAddress address) {
    counts.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
  }

  /** Addresses that have any. */
  int size() {
    return counts.size();
  }
}
