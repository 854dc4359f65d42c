package dev.tallygate.benchmarks.keys;

import dev.tallygate.benchmarks.Jmh;
import dev.tallygate.model.KeyDigest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/**
 * The SHA-256 of a presented key: as the gateway makes it, with a digest object for each thread,
 * and with a new one each time; and what it costs to compare two digests. Nanoseconds and bytes.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=keys.KeyDigests package</pre>
 *
 * <p>The lengths: {@code pk_user_12345}, a key that the gateway made, and the longest that is
 * looked at.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KeyDigests {
  /** Characters of a key. */
  @Param({"13", "39", "512"})
  public int length;

  private String secret = "";

  @SuppressWarnings("NullAway.Init")
  private KeyDigest one;

  @SuppressWarnings("NullAway.Init")
  private KeyDigest same;

  /** For JMH. */
  public KeyDigests() {}

  /** Runs it with what is allocated beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(KeyDigests.class, args, GCProfiler.class);
  }

  /** Makes the key. */
  @Setup
  public void make() {
    secret = "pk_user_" + "k".repeat(length - 8);
    one = KeyDigest.of(secret);
    same = KeyDigest.of(secret);
  }

  /** As the gateway does. */
  @Benchmark
  public KeyDigest reused() {
    return KeyDigest.of(secret);
  }

  /** Without a digest object at hand. */
  @Benchmark
  public byte[] anew() throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
  }

  /** Two that are equal, in the time that any two take. */
  @Benchmark
  public boolean compare() {
    return one.equals(same);
  }
}
