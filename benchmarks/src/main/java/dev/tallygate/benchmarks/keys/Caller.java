package dev.tallygate.benchmarks.keys;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A thread, and where it is in a sequence of {@link Calls}; each begins elsewhere. */
@State(Scope.Thread)
public class Caller {
  private static final AtomicInteger CALLERS = new AtomicInteger();

  int at = CALLERS.getAndIncrement() * (Calls.COUNT / 3);

  /** For JMH. */
  public Caller() {}
}
