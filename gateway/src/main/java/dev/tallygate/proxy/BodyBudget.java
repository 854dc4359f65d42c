package dev.tallygate.proxy;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that all request bodies together may hold. Shared by the event loops; bytes are taken
 * as they arrive and given back when the body is no longer needed. While a body is inspected a loop
 * may briefly hold a second copy of that one body, which is not counted.
 */
public final class BodyBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /** A budget of {@code limit} bytes. */
  public BodyBudget(long limit) {
    this.limit = limit;
  }

  /** Takes {@code bytes}, or nothing and returns false when they are not there. */
  public boolean tryTake(int bytes) {
    if (bytes == 0) {
      return true;
    }
    // Compared before it is added: a body that is refused must not push out others for a moment.
    long before = used.get();
    while (bytes <= limit - before) {
      long witness = used.compareAndExchange(before, before + bytes);
      if (witness == before) {
        return true;
      }
      before = witness;
    }
    return false;
  }

  /** Gives back what was taken. */
  public void giveBack(int bytes) {
    used.addAndGet(-bytes);
  }

  /** The most that may be held. */
  public long limit() {
    return limit;
  }

  /** The bytes held now. */
  public long used() {
    return used.get();
  }
}
