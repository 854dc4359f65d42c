package dev.tallygate.store;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.Linker.Option;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A read lease on a file, as Linux grants it ({@code fcntl(2)}, F_SETLEASE): there is none while
 * anybody has the file open for writing, and as long as there is one, whoever opens it for writing
 * waits. So a file can be replaced without an editor between opening and writing it.
 *
 * <p>Not for file systems over a network, nor for files of other owners; there {@link #take} tells
 * that it cannot.
 */
final class ReadLease implements AutoCloseable {
  // Of Linux on every architecture that Java runs on.
  private static final int F_SETSIG = 10;
  private static final int F_SETLEASE = 1024;
  private static final int F_GETLEASE = 1025;
  private static final int F_RDLCK = 0;
  private static final int F_UNLCK = 2;
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int EAGAIN = 11;
  // The holder gets a signal when somebody waits; unlike SIGIO, this one does nothing by itself.
  private static final int SIGURG = 23;

  private static final MemoryLayout ERRNO = Option.captureStateLayout();
  private static final @Nullable Calls CALLS = Calls.find();

  /** What came of asking for one. */
  sealed interface Answer {}

  /** Granted; it holds until it is closed. */
  record Granted(ReadLease lease) implements Answer {}

  /** Somebody has the file open for writing. */
  record BeingWritten() implements Answer {}

  /** There are none here. */
  record NotAvailable() implements Answer {}

  private final Calls calls;
  private final int descriptor;

  private ReadLease(Calls calls, int descriptor) {
    this.calls = calls;
    this.descriptor = descriptor;
  }

  /** Asks for one. Does not block. */
  static Answer take(Path file) {
    if (CALLS == null) {
      return new NotAvailable();
    }
    int descriptor = CALLS.open(file);
    if (descriptor < 0) {
      return new NotAvailable();
    }
    ReadLease lease = new ReadLease(CALLS, descriptor);
    if (lease.calls.fcntl(descriptor, F_SETSIG, SIGURG) < 0) {
      lease.close();
      return new NotAvailable();
    }
    int result = lease.calls.fcntl(descriptor, F_SETLEASE, F_RDLCK);
    if (result < 0) {
      lease.close();
      return result == -EAGAIN ? new BeingWritten() : new NotAvailable();
    }
    return new Granted(lease);
  }

  /** Whether somebody waits to open the file for writing. */
  boolean isWaitedFor() {
    return calls.fcntl(descriptor, F_GETLEASE, 0) != F_RDLCK;
  }

  /** Gives it back; whoever waited goes on. */
  @Override
  public void close() {
    calls.fcntl(descriptor, F_SETLEASE, F_UNLCK);
    calls.close(descriptor);
  }

  /** The system calls; a failure is the negative error number. */
  private record Calls(MethodHandle open, MethodHandle fcntl, MethodHandle close) {
    int open(Path file) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment errno = arena.allocate(ERRNO);
        MemorySegment path = arena.allocateFrom(file.toAbsolutePath().toString());
        return result((int) open.invokeExact(errno, path, O_RDONLY_CLOEXEC), errno);
      } catch (Throwable e) {
        throw new IllegalStateException("open could not be called", e);
      }
    }

    int fcntl(int descriptor, int command, int argument) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment errno = arena.allocate(ERRNO);
        return result((int) fcntl.invokeExact(errno, descriptor, command, argument), errno);
      } catch (Throwable e) {
        throw new IllegalStateException("fcntl could not be called", e);
      }
    }

    void close(int descriptor) {
      try {
        int ignored = (int) close.invokeExact(descriptor);
      } catch (Throwable e) {
        throw new IllegalStateException("close could not be called", e);
      }
    }

    private static int result(int returned, MemorySegment errno) {
      return returned >= 0 ? returned : -errno.get(ValueLayout.JAVA_INT, 0);
    }

    @SuppressWarnings("restricted")
    static @Nullable Calls find() {
      if (!System.getProperty("os.name").equals("Linux")) {
        return null;
      }
      try {
        Linker linker = Linker.nativeLinker();
        Option captured = Option.captureCallState("errno");
        // Both take further arguments only where they need them.
        Option variadic = Option.firstVariadicArg(2);
        return new Calls(
            linker.downcallHandle(
                linker.defaultLookup().findOrThrow("open"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                captured,
                variadic),
            linker.downcallHandle(
                linker.defaultLookup().findOrThrow("fcntl"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT),
                captured,
                variadic),
            linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)));
      } catch (UnsupportedOperationException
          | IllegalCallerException
          | java.util.NoSuchElementException e) {
        return null;
      }
    }
  }
}
