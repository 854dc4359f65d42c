package dev.tallygate.upstream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many calls may be with the upstreams at one time. What is too many waits, and keys take
 * turns: one that sends a hundred calls does not keep another's single one waiting for all of them.
 * Thread-safe.
 */
public final class ConcurrencyLimit {
  /** A call that waits for its turn. */
  public interface Waiter {
    /** Whose call it is. */
    String keyId();

    /** It is its turn; called once, on the thread of the call that has ended. */
    void granted();
  }

  /** No limit at all. */
  public static final ConcurrencyLimit NONE = new ConcurrencyLimit(0, Duration.ZERO);

  private final int most;
  private final Duration patience;

  // Guarded by this. The first key is next.
  private final Map<String, Deque<Waiter>> queues = new LinkedHashMap<>();
  private int running;
  private int waiting;

  /**
   * @param most calls at one time; 0: no limit
   * @param patience how long a call may wait; zero: none does
   */
  public ConcurrencyLimit(int most, Duration patience) {
    this.most = most;
    this.patience = patience;
  }

  /** How long a call may wait. */
  public Duration patience() {
    return patience;
  }

  /** Lets a call in, which {@link #exit} ends, or tells that it has to wait. */
  public boolean enter() {
    if (most == 0) {
      return true;
    }
    synchronized (this) {
      // Those who wait come first.
      if (running >= most || waiting > 0) {
        return false;
      }
      running++;
      return true;
    }
  }

  /** Puts a call that was not let in behind those of its key. */
  public void await(Waiter waiter) {
    boolean now;
    synchronized (this) {
      now = running < most && waiting == 0;
      if (now) {
        // A place has become free since.
        running++;
      } else {
        queues.computeIfAbsent(waiter.keyId(), id -> new ArrayDeque<>()).addLast(waiter);
        waiting++;
      }
    }
    if (now) {
      waiter.granted();
    }
  }

  /** A waiting call gives up; false when its turn has come already. */
  public synchronized boolean leave(Waiter waiter) {
    Deque<Waiter> queue = queues.get(waiter.keyId());
    if (queue == null || !queue.remove(waiter)) {
      return false;
    }
    waiting--;
    if (queue.isEmpty()) {
      queues.remove(waiter.keyId());
    }
    return true;
  }

  /** A call that was let in has ended. */
  public void exit() {
    if (most == 0) {
      return;
    }
    Waiter next;
    synchronized (this) {
      next = next();
      if (next == null) {
        running--;
      }
    }
    if (next != null) {
      next.granted();
    }
  }

  /** Calls that are let in; 0 where there is no limit. */
  synchronized int running() {
    return running;
  }

  /** Calls that wait. */
  public synchronized int waiting() {
    return waiting;
  }

  private @Nullable Waiter next() {
    Iterator<Map.Entry<String, Deque<Waiter>>> first = queues.entrySet().iterator();
    if (!first.hasNext()) {
      return null;
    }
    Map.Entry<String, Deque<Waiter>> turn = first.next();
    first.remove();
    Waiter waiter = turn.getValue().removeFirst();
    waiting--;
    if (!turn.getValue().isEmpty()) {
      queues.put(turn.getKey(), turn.getValue());
    }
    return waiter;
  }
}
