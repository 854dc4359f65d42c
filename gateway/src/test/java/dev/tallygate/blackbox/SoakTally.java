package dev.tallygate.blackbox;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** How the calls of a soak ended. Thread-safe. */
final class SoakTally {
  private final LongAdder ended = new LongAdder();
  private final LongAdder cut = new LongAdder();
  private final LongAdder left = new LongAdder();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /** A call has ended for its client. */
  void ended(SoakCall call, int status, boolean whole) {
    ended.increment();
    if (!whole) {
      cut.increment();
    }
    if (!call.statuses().contains(status) || whole == call.cut()) {
      failures.add(new AssertionError(call + " got " + status + (whole ? "" : ", cut")));
    }
  }

  /** A client has left its call, or broken it. */
  void left() {
    left.increment();
  }

  /** Something happened that nothing explains. */
  void failed(String what, Throwable why) {
    failures.add(new AssertionError(what, why));
  }

  /** The calls whose clients stayed. */
  long calls() {
    return ended.sum();
  }

  /** Those of them whose answers broke off. */
  long cuts() {
    return cut.sum();
  }

  /** The calls that their clients left. */
  long lefts() {
    return left.sum();
  }

  List<Throwable> failures() {
    return List.copyOf(failures);
  }
}
