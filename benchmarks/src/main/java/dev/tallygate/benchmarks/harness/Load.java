package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** Many clients at once, each with a connection of its own and a virtual thread. */
public final class Load {
  private Load() {}

  /**
   * What a client is to send, and the status that it must get.
   *
   * @param then is shown the answer, on the client's thread
   */
  public record Call(String request, int status, Consumer<Answer> then) {
    public static Call ok(String request) {
      return new Call(request, 200, answer -> {});
    }
  }

  /** A client's calls, by number from 0. */
  @FunctionalInterface
  public interface Plan {
    Call call(int client, int number);
  }

  /** Runs in a virtual thread for each client. */
  @FunctionalInterface
  private interface Client {
    Part run(Connection connection) throws IOException, InterruptedException;
  }

  /** Whether a client makes another call; may wait before it says so. */
  @FunctionalInterface
  private interface Whether {
    boolean beforeCall(int number) throws InterruptedException;
  }

  private record Part(Times times, List<String> failures) {}

  /**
   * What came of it.
   *
   * @param callsByClient how many each client made
   * @param times of whole calls
   */
  public record Result(List<Integer> callsByClient, Times times, List<String> failures) {
    public long calls() {
      return times.count();
    }
  }

  /**
   * Each client makes one call after the other until the time is over.
   *
   * @param pause from the start of one call to that of the next; zero: back to back
   */
  public static Result sustained(int port, int clients, Duration time, Duration pause, Plan plan)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    return run(
        port,
        clients,
        client ->
            connection -> {
              // spread over the first pause, so that they do not march in step
              long first = System.nanoTime() + pause.toNanos() * client / clients;
              return calls(
                  connection,
                  number -> {
                    sleepUntil(first + number * pause.toNanos());
                    return System.nanoTime() < end;
                  },
                  number -> plan.call(client, number));
            });
  }

  /** Each client makes so many calls, back to back. */
  public static Result counted(int port, int clients, int callsEach, Plan plan)
      throws IOException, InterruptedException {
    return run(
        port,
        clients,
        client ->
            connection ->
                calls(
                    connection, number -> number < callsEach, number -> plan.call(client, number)));
  }

  private static Part calls(Connection connection, Whether goOn, IntFunction<Call> callOf)
      throws IOException, InterruptedException {
    List<String> failures = new ArrayList<>();
    long[] nanos = new long[1_024];
    int calls = 0;
    while (goOn.beforeCall(calls)) {
      Call call = callOf.apply(calls);
      long began = System.nanoTime();
      Answer answer = connection.call(call.request());
      long took = System.nanoTime() - began;
      check(answer, call.status(), failures);
      call.then().accept(answer);
      nanos = calls == nanos.length ? Arrays.copyOf(nanos, 2 * calls) : nanos;
      nanos[calls++] = took;
    }
    return new Part(Times.of(Arrays.copyOf(nanos, calls)), failures);
  }

  private static void sleepUntil(long nanoTime) throws InterruptedException {
    long ahead = nanoTime - System.nanoTime();
    if (ahead > 0) {
      Thread.sleep(Duration.ofNanos(ahead));
    }
  }

  private static void check(Answer answer, int status, List<String> failures) {
    if (answer.status() != status) {
      failures.add(answer.status() + " " + answer.text());
    }
  }

  private static Result run(int port, int clients, IntFunction<Client> clientOf)
      throws IOException, InterruptedException {
    List<Connection> connections = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < clients; client++) {
        connections.add(new Connection(port));
      }
      List<Future<Part>> parts = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        Connection connection = connections.get(client);
        Client body = clientOf.apply(client);
        parts.add(threads.submit(() -> body.run(connection)));
      }
      return collect(parts);
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
  }

  /** A client whose connection breaks has failed, and with it the calls that it has made. */
  private static Result collect(List<Future<Part>> parts) throws InterruptedException {
    List<Integer> calls = new ArrayList<>();
    List<Times> times = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (Future<Part> future : parts) {
      try {
        Part part = future.get();
        calls.add(part.times().count());
        times.add(part.times());
        failures.addAll(part.failures());
      } catch (ExecutionException e) {
        calls.add(0);
        failures.add(String.valueOf(e.getCause()));
      }
    }
    return new Result(calls, Times.merge(times), failures);
  }
}
