package dev.tallygate.proxy;

import dev.tallygate.model.Ticker;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The deadlines of one event loop, swept every {@value #SWEEP_MILLIS} ms.
 *
 * <p>A deadline moves with every read, so it is a plain field of its owner, and a sweep compares:
 * that costs a look at the clock and a store per read where a timer task would cost an insertion
 * and a removal. A deadline therefore strikes up to one sweep late, and never early, however late
 * the loop itself is. Confined to the event loop.
 */
public final class Deadlines {
  private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);

  /** No deadline. */
  public static final long NONE = Long.MAX_VALUE;

  private static final long SWEEP_MILLIS = 50;

  /** Something that must go on within a time. */
  public abstract static class Owner {
    private long deadline = NONE;
    private int index = -1;

    /** Called on the event loop when the deadline has passed; it is cleared before. */
    protected abstract void deadlinePassed();

    private boolean isLate(long now) {
      return deadline != NONE && deadline - now <= 0;
    }
  }

  private final Ticker ticker;
  private final List<Owner> owners = new ArrayList<>();

  /** Starts sweeping on {@code loop} until the loop shuts down. */
  public Deadlines(EventLoop loop, Ticker ticker) {
    this.ticker = ticker;
    var _ =
        loop.scheduleAtFixedRate(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Watches an owner's deadline until {@link #remove}. */
  public void add(Owner owner) {
    owner.index = owners.size();
    owners.add(owner);
  }

  /** Forgets an owner; again is harmless. */
  public void remove(Owner owner) {
    int index = owner.index;
    if (index < 0) {
      return;
    }
    Owner last = owners.removeLast();
    if (index < owners.size()) {
      owners.set(index, last);
      last.index = index;
    }
    owner.index = -1;
    owner.deadline = NONE;
  }

  /** Sets the owner's deadline {@code nanos} from now, replacing an earlier one. */
  public void set(Owner owner, long nanos) {
    owner.deadline = now() + nanos;
  }

  /** The time, in nanoseconds of the ticker, by which deadlines are reckoned. */
  public long now() {
    return ticker.nanos();
  }

  /** Takes the owner's deadline away. */
  public void clear(Owner owner) {
    owner.deadline = NONE;
  }

  private void sweep() {
    long now = now();
    @Nullable List<Owner> late = null;
    for (Owner owner : owners) {
      if (owner.isLate(now)) {
        if (late == null) {
          late = new ArrayList<>();
        }
        late.add(owner);
      }
    }
    if (late != null) {
      // Apart from the loop above: what happens here adds and removes owners.
      late.forEach(owner -> strike(owner, now));
    }
  }

  private void strike(Owner owner, long now) {
    // What another owner's deadline set off may have moved or taken away this one's.
    if (!owner.isLate(now)) {
      return;
    }
    owner.deadline = NONE;
    try {
      owner.deadlinePassed();
    } catch (RuntimeException e) {
      // Thrown on, it would end the sweeping for every other owner.
      LOG.error("unexpected failure at a deadline", e);
    }
  }
}
