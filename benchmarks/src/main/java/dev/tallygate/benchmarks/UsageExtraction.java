package dev.tallygate.benchmarks;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageExtractor;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
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
 * Reading the tokens used out of an answer as it passes: nanoseconds and bytes for an event of a
 * stream of 100, each of which comes by itself, and for a whole answer of 500 bytes. What a stream
 * costs once is in the figure of its events.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=UsageExtraction package</pre>
 *
 * <p>{@code eventHidingUsage} also takes the usage chunk out of the stream, as for a client that
 * has not asked for it. The buffers are direct, as the transport's are.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class UsageExtraction {
  private static final int EVENTS = 100;
  private static final int ANSWER_BYTES = 500;

  /** Of the wire. */
  @Param public ApiFormat format = ApiFormat.OPENAI;

  private ByteBuffer[] events = {};

  @SuppressWarnings("NullAway.Init")
  private ByteBuffer answer;

  /** For JMH. */
  public UsageExtraction() {}

  /** Runs it with what is allocated beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(UsageExtraction.class, args, GCProfiler.class);
  }

  /** Makes the answers. */
  @Setup
  public void make() {
    events =
        Answers.events(format, EVENTS).stream()
            .map(event -> Answers.buffer(event, true))
            .toArray(ByteBuffer[]::new);
    answer = Answers.buffer(Answers.document(format, ANSWER_BYTES), true);
  }

  /** A stream that is passed on as it is. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public TokenUsage event() {
    return read(UsageExtractor.forEventStream(format, false), events);
  }

  /** A stream whose usage the client does not get to see. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public TokenUsage eventHidingUsage() {
    return read(UsageExtractor.forEventStream(format, true), events);
  }

  /** An answer in one piece. */
  @Benchmark
  public TokenUsage answer() {
    return read(UsageExtractor.forJson(format), answer);
  }

  /** The usage of a whole answer, of which there must be some. */
  static TokenUsage read(UsageExtractor extractor, ByteBuffer... parts) {
    int passed = 0;
    for (ByteBuffer part : parts) {
      passed += extractor.read(part).remaining();
    }
    passed += extractor.finish().remaining();
    @Nullable TokenUsage usage = extractor.usage();
    if (usage == null || passed == 0) {
      throw new IllegalStateException("no usage");
    }
    return usage;
  }
}
