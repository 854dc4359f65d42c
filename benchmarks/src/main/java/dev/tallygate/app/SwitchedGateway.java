package dev.tallygate.app;

import dev.tallygate.config.Config;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.model.Ticker;
import dev.tallygate.proxy.Exchange;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * A gateway that counts its calls for its metrics in one slice of time and does not in the next,
 * on, off, off, on, and prints what each slice took: {@code on} or {@code off}, the calls, and the
 * CPU time of the process in nanoseconds. Two processes of the very same code differ by more than
 * what is looked for here; one process in two moments does not. Settings come from the environment.
 */
public final class SwitchedGateway {
  private static final int SLICE_MILLIS = 100;

  /** So that calls which ended while it was switched are in neither slice. */
  private static final int PAUSE_MILLIS = 2;

  private static final boolean[] PATTERN = {true, false, false, true};

  /** {@code CLOCK_PROCESS_CPUTIME_ID} of Linux. What Java tells has steps of 10 ms. */
  private static final int PROCESS_CPU = 2;

  @SuppressWarnings("restricted") // the benchmark's command allows it
  private static final MethodHandle CLOCK_GETTIME =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  private final LongAdder calls = new LongAdder();
  private volatile boolean on = true;

  private SwitchedGateway() {}

  /** Runs until the process is ended. */
  public static void main(String... args) throws IOException, InterruptedException {
    Config config =
        switch (new ConfigLoader(System.getenv(), Path.of("")).load(Map.of(), List.of())) {
          case ConfigResult.Loaded loaded -> loaded.config();
          case ConfigResult.Refused refused -> throw new IOException(refused.toString());
        };
    Logs.configure(config.logging());
    SwitchedGateway switched = new SwitchedGateway();
    var _ = Gateway.create(config, Ticker.system(), switched::watched);
    switched.printSlices();
  }

  private Consumer<Exchange> watched(Consumer<Exchange> meters) {
    return exchange -> {
      calls.increment();
      if (on) {
        meters.accept(exchange);
      }
    };
  }

  private void printSlices() throws InterruptedException {
    for (int i = 0; ; i = (i + 1) % PATTERN.length) {
      on = PATTERN[i];
      Thread.sleep(PAUSE_MILLIS);
      long callsBefore = calls.sum();
      long cpuBefore = cpuNanos();
      Thread.sleep(SLICE_MILLIS);
      long cpu = cpuNanos() - cpuBefore;
      System.out.println((on ? "on " : "off ") + (calls.sum() - callsBefore) + ' ' + cpu);
    }
  }

  private static long cpuNanos() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(MemoryLayout.sequenceLayout(2, ValueLayout.JAVA_LONG));
      if ((int) CLOCK_GETTIME.invokeExact(PROCESS_CPU, time) != 0) {
        throw new IllegalStateException("the system does not tell this process' CPU time");
      }
      return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000
          + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
