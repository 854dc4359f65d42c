package dev.tallygate.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tallygate.proxy.BodyEdits;
import dev.tallygate.proxy.InvalidBodyException;
import dev.tallygate.proxy.RequestBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Putting the chosen model into a request's body: microseconds and bytes a body, by its size. The
 * last but one is that of a coding agent's.
 *
 * <pre>./build -q -Dmaven.test.skip=true -Dbenchmark=ModelSplice package</pre>
 *
 * <p>{@code read} checks the body and finds out what is in it, which every call needs. {@code
 * spliced} also puts in the model and asks for a stream's usage: the difference is the edit. {@code
 * rewritten} is the usual way: parse into a tree, set the members, write the tree.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ModelSplice {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String CHOSEN = "glm-4.7";

  /** About so many. */
  @Param({"300", "10000", "75000", "1000000"})
  public int bytes;

  private byte[] body = {};

  @SuppressWarnings("NullAway.Init")
  private ByteBuf received;

  /** For JMH. */
  public ModelSplice() {}

  /** Runs it with what is allocated beside; takes JMH's options. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    Jmh.run(ModelSplice.class, args, GCProfiler.class);
  }

  /** Makes the body. */
  @Setup
  public void make() {
    String message =
        "{\"role\":\"user\",\"content\":\"What is a token? Say it in one sentence, or in two.\"}";
    int messages = Math.max(1, (bytes - 60) / (message.length() + 1));
    String list = (message + ",").repeat(messages - 1) + message;
    body = ("{\"model\":\"gpt-5.2\",\"stream\":true,\"messages\":[" + list + "]}").getBytes(UTF_8);
    received = PooledByteBufAllocator.DEFAULT.directBuffer(body.length).writeBytes(body);
  }

  /** Gives its memory back. */
  @TearDown
  public void release() {
    received.release();
  }

  /** What it is about. */
  @Benchmark
  public RequestBody read() throws InvalidBodyException {
    return RequestBody.read(body, 0, body.length);
  }

  /** And the edit. */
  @Benchmark
  public int spliced() throws InvalidBodyException {
    RequestBody read = RequestBody.read(body, 0, body.length);
    ByteBuf edited = BodyEdits.applied(received.retain(), read.splices(CHOSEN, true));
    int size = edited.readableBytes();
    edited.release();
    return size;
  }

  /** By way of a tree. */
  @Benchmark
  public int rewritten() {
    ObjectNode tree = (ObjectNode) JSON.readTree(body);
    tree.put("model", CHOSEN);
    tree.putObject("stream_options").put("include_usage", true);
    return JSON.writeValueAsBytes(tree).length;
  }
}
