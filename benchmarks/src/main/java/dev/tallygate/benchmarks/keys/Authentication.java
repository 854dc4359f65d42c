package dev.tallygate.benchmarks.keys;

import dev.tallygate.auth.AuthResult;
import dev.tallygate.auth.Authenticator;
import dev.tallygate.auth.CacheLogLevel;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.Credentials;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.benchmarks.Jmh;
import dev.tallygate.benchmarks.SampleKeys;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.Ticker;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/**
 * The whole key step of a request: from the text that was presented to "this key may make calls".
 * SHA-256, look-up, time to live, expiry date and {@code disabled} are in it. Nanoseconds and bytes
 * a request; the goal is under 1,000 ns on a hit.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=keys.Authentication package</pre>
 *
 * <p>{@code madeKey} presents keys that the gateway has made, whose checksum is looked at first;
 * all others are of the predecessor's form. The keys are asked for by Zipf's law with exponent 1.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
public class Authentication {
  private static final int FEW = 50;

  /** How many. */
  @Param({"1000", "100000", "1000000"})
  public int keys;

  @SuppressWarnings("NullAway.Init")
  private Authenticator authenticator;

  @SuppressWarnings("NullAway.Init")
  private Calls<String> known;

  @SuppressWarnings("NullAway.Init")
  private Calls<String> unknown;

  @SuppressWarnings("NullAway.Init")
  private Calls<String> made;

  @SuppressWarnings("NullAway.Init")
  private Calls<String> mistyped;

  /** For JMH. */
  public Authentication() {}

  /** Runs it with what is allocated beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(Authentication.class, args, GCProfiler.class);
  }

  /** Fills the cache. */
  @Setup
  public void fill() {
    // An absence is known for 5 seconds; a run takes longer.
    Ticker ticker = new SlowClock();
    KeyCache cache =
        new KeyCache(
            new CacheSettings(true, keys, Duration.ofMinutes(5), false, CacheLogLevel.NONE),
            ticker);
    authenticator = new Authenticator(cache, new StoreInMemory(List.of()), ticker, Runnable::run);
    SecureRandom random = new SecureRandom();
    String[] secrets = new String[FEW];
    for (int i = 0; i < FEW; i++) {
      secrets[i] = GatewaySecret.generate(random);
      ApiKey key = SampleKeys.key(secrets[i]);
      cache.put(key.digest(), new Lookup(key, 1));
      cache.put(SampleKeys.digest(keys + i), new Lookup(null, 1));
    }
    for (int i = 0; i < keys - FEW; i++) {
      ApiKey key = SampleKeys.key(i);
      cache.put(key.digest(), new Lookup(key, 1));
    }
    known = Calls.byZipf(keys - FEW, 1.0, String.class, SampleKeys::secret);
    unknown = Calls.byZipf(FEW, 1.0, String.class, i -> SampleKeys.secret(keys + i));
    made = Calls.byZipf(FEW, 1.0, String.class, i -> secrets[i]);
    mistyped = Calls.byZipf(FEW, 1.0, String.class, i -> mistyped(secrets[i]));
  }

  /** A key that is there. */
  @Benchmark
  public @Nullable AuthResult hit(Caller caller) {
    return authenticator.fromMemory(new Credentials(known.next(caller), null));
  }

  /** The same by two threads at once: nanoseconds that each of them takes. */
  @Benchmark
  @Threads(2)
  public @Nullable AuthResult hitByTwo(Caller caller) {
    return authenticator.fromMemory(new Credentials(known.next(caller), null));
  }

  /** One that the gateway made. */
  @Benchmark
  public @Nullable AuthResult madeKey(Caller caller) {
    return authenticator.fromMemory(new Credentials(made.next(caller), null));
  }

  /** One that is known not to exist. */
  @Benchmark
  public @Nullable AuthResult negative(Caller caller) {
    return authenticator.fromMemory(new Credentials(unknown.next(caller), null));
  }

  /** One that cannot exist. */
  @Benchmark
  public @Nullable AuthResult mistyped(Caller caller) {
    return authenticator.fromMemory(new Credentials(mistyped.next(caller), null));
  }

  private static String mistyped(String secret) {
    int last = secret.length() - 1;
    return secret.substring(0, last) + (secret.charAt(last) == '0' ? '1' : '0');
  }
}
