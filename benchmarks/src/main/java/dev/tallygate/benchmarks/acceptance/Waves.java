package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.harness.Answer;
import dev.tallygate.benchmarks.harness.Connection;
import dev.tallygate.benchmarks.harness.Times;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Clients that all send a call at the same moment, again and again. Times run from that moment to
 * the last byte of each answer, so that what waits for its turn on this side counts as well.
 */
final class Waves {
  private static final Duration PAUSE = Duration.ofMillis(300);

  private final int clients;
  private final long[][] nanos;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final CyclicBarrier together;
  private long signalNanos;

  private Waves(int clients, int waves) {
    this.clients = clients;
    this.nanos = new long[waves][clients];
    this.together = new CyclicBarrier(clients, () -> signalNanos = System.nanoTime());
  }

  /** The request of a client in a wave. */
  @FunctionalInterface
  interface Plan {
    String request(int client, int wave);
  }

  /** Over one connection for each client, with a pause before each wave. */
  static Waves run(int port, int clients, int waves, Plan plan)
      throws IOException, InterruptedException {
    Waves run = new Waves(clients, waves);
    List<Connection> connections = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < clients; client++) {
        connections.add(new Connection(port));
      }
      for (int client = 0; client < clients; client++) {
        Connection connection = connections.get(client);
        int number = client;
        threads.execute(() -> run.calls(connection, number, plan));
      }
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
    return run;
  }

  /** A client that fails goes on, so that the others' waves are what they should be. */
  private void calls(Connection connection, int client, Plan plan) {
    try {
      for (int wave = 0; wave < nanos.length; wave++) {
        String request = plan.request(client, wave);
        Thread.sleep(PAUSE);
        together.await();
        try {
          Answer answer = connection.call(request);
          if (answer.status() != 200) {
            failures.add(answer.status() + " " + answer.text());
          }
        } catch (IOException e) {
          failures.add(e.toString());
        }
        nanos[wave][client] = System.nanoTime() - signalNanos;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failures.add("interrupted");
    } catch (BrokenBarrierException e) {
      failures.add(e.toString());
    }
  }

  /** Of the waves {@code first}, {@code first + step} and so on. */
  Times times(int first, int step) {
    List<Times> some = new ArrayList<>();
    for (int wave = first; wave < nanos.length; wave += step) {
      some.add(Times.of(nanos[wave]));
    }
    return Times.merge(some);
  }

  int clients() {
    return clients;
  }

  /** Of all waves. */
  List<String> failures() {
    return List.copyOf(failures);
  }
}
