package dev.tallygate.benchmarks;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageExtractor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
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
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reading the tokens used out of a million bytes: microseconds and bytes a megabyte.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=UsagePerMegabyte package</pre>
 *
 * <p>{@code events} is a stream, {@code document} one answer, both in parts of 16 KiB as they come
 * off a socket, in direct buffers as the transport's are. {@code documentTokens} has Jackson step
 * through the same answer, held whole on the heap, without making anything of it: the least that a
 * parser would cost.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class UsagePerMegabyte {
  private static final int MEGABYTE = 1_000_000;
  private static final JsonFactory JSON = new JsonFactory();

  /** Of the wire. */
  @Param public ApiFormat format = ApiFormat.OPENAI;

  private ByteBuffer[] events = {};
  private ByteBuffer[] document = {};
  private byte[] whole = {};

  /** For JMH. */
  public UsagePerMegabyte() {}

  /** Runs it with what is allocated beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(UsagePerMegabyte.class, args, GCProfiler.class);
  }

  /** Makes the answers. */
  @Setup
  public void make() {
    int bytesOfAnEvent = Answers.events(format, 3).getFirst().length;
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    Answers.events(format, MEGABYTE / bytesOfAnEvent).forEach(stream::writeBytes);
    events = Answers.parts(stream.toByteArray(), true);
    whole = Answers.document(format, MEGABYTE);
    document = Answers.parts(whole, true);
  }

  /** A stream. */
  @Benchmark
  public TokenUsage events() {
    return UsageExtraction.read(UsageExtractor.forEventStream(format, false), events);
  }

  /** An answer in one piece. */
  @Benchmark
  public TokenUsage document() {
    return UsageExtraction.read(UsageExtractor.forJson(format), document);
  }

  /** The same by a parser. */
  @Benchmark
  public int documentTokens() {
    int tokens = 0;
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), whole)) {
      while (parser.nextToken() != null) {
        tokens++;
      }
    }
    return tokens;
  }
}
