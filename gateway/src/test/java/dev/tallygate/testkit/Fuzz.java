package dev.tallygate.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The short form of fuzzing, part of the ordinary tests: a target must hold for every committed
 * seed, and for a fixed number of inputs made of them, the same ones in every run. {@code bin/fuzz}
 * runs the same target for longer, led by what code each input reaches.
 */
public final class Fuzz {
  private static final Path SEEDS = Path.of("src", "test", "resources");
  private static final Path FINDINGS = Path.of("target", "fuzz");
  private static final long SEED = 20260118;

  private Fuzz() {}

  /** Whether some property holds for an input; throws where it does not. */
  @FunctionalInterface
  public interface Target {
    /** Tries one input, which it may not change. */
    void accept(byte[] input) throws Exception;
  }

  /**
   * Tries seeds, and inputs made of them.
   *
   * @param test a class {@code <name>FuzzTest}
   * @param rounds how many are made
   * @param folders where the seeds are, below the test resources
   */
  public static void briefly(Class<?> test, Target target, int rounds, String... folders)
      throws IOException {
    String name = test.getSimpleName().replace("FuzzTest", "");
    List<byte[]> seeds = new ArrayList<>();
    for (String folder : folders) {
      seeds.addAll(seeds(folder));
    }
    for (byte[] seed : seeds) {
      hold(name, target, seed);
    }
    Mutator mutator = new Mutator(seeds, SEED);
    for (int round = 0; round < rounds; round++) {
      hold(name, target, mutator.next());
    }
  }

  /** Where to cut an input, from 0 to its length; the same places for the same input. */
  public static int[] cuts(byte[] input) {
    Random random = new Random(Arrays.hashCode(input));
    int most = 1 + random.nextInt(1 + random.nextInt(64));
    List<Integer> cuts = new ArrayList<>(List.of(0));
    for (int at = 0; at < input.length; ) {
      at = Math.min(input.length, at + random.nextInt(most + 1));
      cuts.add(at);
    }
    return cuts.stream().mapToInt(cut -> cut).toArray();
  }

  private static List<byte[]> seeds(String folder) throws IOException {
    try (Stream<Path> files = Files.list(SEEDS.resolve(folder))) {
      List<byte[]> seeds = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        seeds.add(Files.readAllBytes(file));
      }
      return seeds;
    }
  }

  private static void hold(String name, Target target, byte[] input) throws IOException {
    try {
      target.accept(input.clone());
    } catch (Throwable e) {
      Path file = FINDINGS.resolve(name, "finding-%08x".formatted(Arrays.hashCode(input)));
      Files.createDirectories(file.getParent());
      Files.write(file, input);
      throw new AssertionError(
          "%s: again with  bin/fuzz %s gateway/%s".formatted(e, name, file), e);
    }
  }
}
