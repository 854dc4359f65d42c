package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.GatewayProcess;
import dev.tallygate.testkit.KeyFiles;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway that is restarted again and again, as a supervisor does it, while clients call that do
 * what any good client does: where no connection can be had, or it ends before an answer begins,
 * they try again.
 */
class RestartTest {
  private static final String KEY = "pk_user_12345";
  private static final int CLIENTS = 24;
  private static final int RESTARTS = 4;
  private static final int TRIES = 2_000;
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(20);
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  @TempDir Path folder;
  @TempDir Path scratch;

  private final AtomicLong number = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private MeteredUpstream upstream;
  private KeyFiles keys;
  private int port;

  @BeforeEach
  void setUp() throws IOException {
    upstream = MeteredUpstream.inPieces();
    keys = KeyFiles.in(folder).write(KeyFiles.key(KEY).id("user").model("*").limit(1L << 50));
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void tearDown() throws IOException {
    upstream.close();
  }

  private GatewayProcess start() throws IOException {
    return GatewayProcess.start(
        keys.path(),
        scratch,
        upstream.base(),
        upstream.base(),
        List.of(),
        Map.of("PORT", Integer.toString(port), "SHUTDOWN_GRACE_MS", "20000"));
  }

  @Test
  void restartsUnderLoad_loseNoCall_andNoToken() throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port);
    List<Future<?>> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(
              threads.submit(() -> {
                callUntilStopped(uri);
                return null;
              }));
        }
        for (int i = 0; i < RESTARTS; i++) {
          try (GatewayProcess gateway = start()) {
            awaitAnswers(200);
            // Every other time all calls are within their answers, and end after the signal.
            end(gateway, i % 2 == 0);
          }
        }
        try (GatewayProcess gateway = start()) {
          awaitAnswers(200);
          stopped.set(true);
          for (Future<?> client : clients) {
            client.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
          }
          end(gateway, false);
        }
      } finally {
        stopped.set(true);
        upstream.releaseEndings();
      }
    }
    assertThat(answered.get()).isEqualTo(number.get()).isEqualTo(upstream.calls());
    RecordedUsage recorded = RecordedUsage.of(RecordedUsage.in(folder), "user");
    assertThat(recorded.requests()).isEqualTo(upstream.calls());
    assertThat(recorded.tokens()).isEqualTo(upstream.tokens());
    assertThat(recorded.estimated()).isZero();
  }

  private void end(GatewayProcess gateway, boolean withinAnswers) throws Exception {
    if (withinAnswers) {
      upstream.holdEndings();
      await().atMost(PATIENCE).until(() -> upstream.calls() - answered.get() == CLIENTS);
    }
    gateway.beginToTerminate();
    await().atMost(PATIENCE).until(() -> gateway.output().contains("Tallygate is stopping"));
    upstream.releaseEndings();
    assertThat(gateway.awaitEnd()).as(gateway.output()).isZero();
    assertThat(gateway.output()).doesNotContain("calls cut");
  }

  private void awaitAnswers(int more) {
    long until = answered.get() + more;
    await().atMost(PATIENCE).until(() -> answered.get() >= until);
  }

  private void callUntilStopped(URI gateway) throws Exception {
    @Nullable MeteredClient client = null;
    try {
      while (!stopped.get()) {
        MeteredCall call = MeteredCall.any(number.getAndIncrement());
        boolean done = false;
        for (int tries = 0; !done; tries++) {
          assertThat(tries).isLessThan(TRIES);
          if (client == null) {
            client = connect(gateway);
          }
          done = client != null && isAnswered(client.call(call), call);
          if (client != null && !done) {
            client.close();
            client = null;
          }
          if (!done) {
            Thread.sleep(BETWEEN_TRIES);
          }
        }
        answered.incrementAndGet();
      }
    } finally {
      if (client != null) {
        client.close();
      }
    }
  }

  private static @Nullable MeteredClient connect(URI gateway) throws IOException {
    try {
      return MeteredClient.connect(gateway, KEY);
    } catch (ConnectException refused) {
      return null;
    }
  }

  private static boolean isAnswered(MeteredClient.Answer answer, MeteredCall call) {
    if (answer.status() == 0 || answer.status() == 503) {
      return false;
    }
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.ending()).as(call.toString()).isEqualTo(MeteredClient.Ending.COMPLETE);
    return true;
  }
}
