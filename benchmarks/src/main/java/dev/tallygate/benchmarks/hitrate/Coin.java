package dev.tallygate.benchmarks.hitrate;

import java.lang.reflect.Field;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The one thing in Caffeine's policy that is left to chance: of the newcomers that it would refuse
 * although they were asked for six times or more, it lets in one of 128, as {@link
 * ThreadLocalRandom} says. Beginning each replay at the same place in that sequence makes the
 * figures the same in every run.
 */
final class Coin {
  private static final long SEED = 20_260_118;

  private Coin() {}

  /**
   * Sets this thread's sequence to its beginning.
   *
   * @throws IllegalStateException where the JVM was not started with {@code --add-opens
   *     java.base/java.lang=ALL-UNNAMED}, as {@code bin/hit-rate} does
   */
  static void reset() {
    ThreadLocalRandom.current(); // or its first use would seed it anew
    try {
      Field seed = Thread.class.getDeclaredField("threadLocalRandomSeed");
      seed.setAccessible(true);
      seed.setLong(Thread.currentThread(), SEED);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalStateException("cannot seed Caffeine's chance: " + e.getMessage(), e);
    }
  }
}
