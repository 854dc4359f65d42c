package dev.tallygate.upstream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** Whether a call may go out at once. */
  public enum Entry {
    /** It may, and {@link #exit} ends it. */
    ADMITTED,
    /** It may; there is no limit, so nobody counts. */
    UNCOUNTED,
    /** It has to wait for its turn. */
    FULL
  }

  private volatile int most;
  private volatile Duration patience;

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

  /**
   * Changes both. Where there was no limit before, the calls that are out do not count; where there
   * is none any more, all that wait have their turn.
   */
  public void change(int mostNow, Duration patienceNow) {
    List<Waiter> turns = new ArrayList<>();
    synchronized (this) {
      most = mostNow;
      patience = patienceNow;
      for (Waiter next = nextTurn(); next != null; next = nextTurn()) {
        turns.add(next);
      }
    }
    turns.forEach(Waiter::granted);
  }

  /** Lets a call in, or tells that it has to wait. */
  public Entry enter() {
    if (most == 0) {
      return Entry.UNCOUNTED;
    }
    synchronized (this) {
      // Those who wait come first.
      if (isFull() || waiting > 0) {
        return Entry.FULL;
      }
      running++;
      return Entry.ADMITTED;
    }
  }

  /** Puts a call that was not let in behind those of its key. */
  public void await(Waiter waiter) {
    boolean now;
    synchronized (this) {
      now = !isFull() && waiting == 0;
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
    Waiter next;
    synchronized (this) {
      running--;
      next = nextTurn();
    }
    if (next != null) {
      next.granted();
    }
  }

  /** Calls that are let in and counted. */
  synchronized int running() {
    return running;
  }

  /** Calls that wait. */
  public synchronized int waiting() {
    return waiting;
  }

  private boolean isFull() {
    return most > 0 && running >= most;
  }

  private @Nullable Waiter nextTurn() {
    if (isFull()) {
      return null;
    }
    Waiter next = next();
    if (next != null) {
      running++;
    }
    return next;
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
