package dev.tallygate.benchmarks.acceptance;

import dev.tallygate.benchmarks.acceptance.WorkingDay.Visit;
import dev.tallygate.benchmarks.harness.Answer;
import dev.tallygate.benchmarks.harness.Connection;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Requests;
import dev.tallygate.benchmarks.harness.Times;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends a day's calls to a gateway, each at its time, whether the ones before it are answered or
 * not. Connections are kept and used again.
 */
final class Replay {
  private final int port;
  private final int compression;
  private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
  private final Queue<Connection> all = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  /**
   * @param compression how much faster than the day
   */
  Replay(int port, int compression) {
    this.port = port;
    this.compression = compression;
  }

  /**
   * What came of it.
   *
   * @param times from the moment a call was due to its last byte
   * @param late how long after that moment it was sent
   */
  record Result(Times times, Times late, List<String> failures) {}

  private record Timing(long late, long took) {}

  Result run(List<Visit> visits) throws IOException, InterruptedException {
    List<Future<Timing>> sent = new ArrayList<>(visits.size());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long midnight = System.nanoTime();
      for (Visit visit : visits) {
        long due = midnight + visit.atMillis() * 1_000_000 / compression;
        long ahead = due - System.nanoTime();
        if (ahead > 0) {
          Thread.sleep(Duration.ofNanos(ahead));
        }
        sent.add(threads.submit(() -> call(visit, due)));
      }
      return collect(sent);
    } finally {
      for (Connection connection : all) {
        connection.close();
      }
    }
  }

  private Timing call(Visit visit, long due) throws IOException {
    long late = System.nanoTime() - due;
    Connection connection = idle.poll();
    if (connection == null) {
      connection = new Connection(port);
      all.add(connection);
    }
    String key =
        visit.known() ? KeyFile.key(visit.key()) : "pk_unknown_%05d".formatted(visit.key());
    Answer answer = connection.call(Requests.chat(key));
    long took = System.nanoTime() - due;
    idle.push(connection);
    if (answer.status() != (visit.known() ? 200 : 401)) {
      failures.add(answer.status() + " " + answer.text());
    }
    return new Timing(late, took);
  }

  private Result collect(List<Future<Timing>> sent) throws InterruptedException {
    long[] took = new long[sent.size()];
    long[] late = new long[sent.size()];
    for (int i = 0; i < took.length; i++) {
      try {
        Timing timing = sent.get(i).get();
        took[i] = timing.took();
        late[i] = timing.late();
      } catch (ExecutionException e) {
        failures.add(String.valueOf(e.getCause()));
      }
    }
    return new Result(Times.of(took), Times.of(late), List.copyOf(failures));
  }
}
