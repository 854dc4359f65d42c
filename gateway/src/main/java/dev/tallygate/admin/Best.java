package dev.tallygate.admin;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The first so many of what comes along, in an order, without sorting the rest. Confined to one
 * thread.
 */
final class Best<T> {
  private final int most;
  private final Comparator<T> order;
  private final PriorityQueue<T> kept;
  private int seen;

  /**
   * Nothing has come yet.
   *
   * @param most how many are kept, at least one
   */
  Best(int most, Comparator<T> order) {
    this.most = most;
    this.order = order;
    this.kept = new PriorityQueue<>(order.reversed());
  }

  void add(T each) {
    seen++;
    if (kept.size() < most) {
      kept.add(each);
    } else if (order.compare(each, kept.element()) < 0) {
      kept.remove();
      kept.add(each);
    }
  }

  /** How many have come, kept or not. */
  int seen() {
    return seen;
  }

  /** What was kept, in order. */
  List<T> inOrder() {
    List<T> all = new ArrayList<>(kept);
    all.sort(order);
    return all;
  }
}
