package dev.tallygate.store;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Lets two files change names in one step: {@code renameat2(RENAME_EXCHANGE)} of Linux. Unlike a
 * plain rename it destroys nothing, so a file that got in the way can be put back.
 */
final class NameExchange {
  private static final int RENAME_EXCHANGE = 2;
  // Absolute paths are given; the folder to start from is then ignored.
  private static final int AT_FDCWD = -100;

  private static final @Nullable MethodHandle RENAMEAT2 = find();

  private NameExchange() {}

  /** Exchanges the names; false where system or file system cannot, then nothing has changed. */
  static boolean exchange(Path a, Path b) {
    if (RENAMEAT2 == null) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      return (int)
              RENAMEAT2.invokeExact(
                  AT_FDCWD,
                  arena.allocateFrom(a.toAbsolutePath().toString()),
                  AT_FDCWD,
                  arena.allocateFrom(b.toAbsolutePath().toString()),
                  RENAME_EXCHANGE)
          == 0;
    } catch (Throwable e) {
      throw new IllegalStateException("renameat2 could not be called", e);
    }
  }

  @SuppressWarnings("restricted")
  private static @Nullable MethodHandle find() {
    try {
      Linker linker = Linker.nativeLinker();
      return linker
          .defaultLookup()
          .find("renameat2")
          .map(symbol ->
              linker.downcallHandle(
                  symbol,
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_INT,
                      ValueLayout.JAVA_INT,
                      ValueLayout.ADDRESS,
                      ValueLayout.JAVA_INT,
                      ValueLayout.ADDRESS,
                      ValueLayout.JAVA_INT)))
          .orElse(null);
    } catch (UnsupportedOperationException | IllegalCallerException e) {
      // A platform without a linker, or a run without native access: the plain rename remains.
      return null;
    }
  }
}
