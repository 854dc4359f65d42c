package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.Ticker;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RunningGateway;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A wall clock that is set while the gateway runs: by a person, or by a time server at last. */
class ClockStepTest {
  private static final String BODY = "{\"model\":\"glm-4.7\",\"messages\":[]}";

  @TempDir Path folder;

  private final AtomicLong aheadMillis = new AtomicLong();

  /** The machine's clocks, the wall clock ahead by what the test says. */
  private final Ticker clock =
      new Ticker() {
        @Override
        public long nanos() {
          return Ticker.system().nanos();
        }

        @Override
        public long epochMillis() {
          return Ticker.system().epochMillis() + aheadMillis.get();
        }
      };

  private static int call(RunningGateway gateway) throws Exception {
    return Http.post(gateway.uri(CHAT), BODY, "x-api-key", KEY).status();
  }

  private static long used(RunningGateway gateway) throws Exception {
    return Http.get(gateway.uri("/stats"), "x-api-key", KEY)
        .json()
        .at("/current_usage/tokens_used_in_current_window")
        .asLong();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, -1})
  void dayForwardOrBack_forgetsNoUsage_freesNone_andLosesNone(long days) throws Exception {
    GatewayAndUpstream.writeKeys(folder);
    try (FakeUpstream upstream = FakeUpstream.start().always(Answers.chatCompletion(30, 12))) {
      try (RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of(), clock)) {
        assertThat(call(gateway)).isEqualTo(200);
        aheadMillis.set(Duration.ofDays(days).toMillis());
        assertThat(used(gateway)).isEqualTo(42);
        assertThat(call(gateway)).isEqualTo(200);
        assertThat(used(gateway)).isEqualTo(84);
        aheadMillis.set(0);
        assertThat(call(gateway)).isEqualTo(200);
        assertThat(used(gateway)).isEqualTo(126);
        assertThat(Http.get(gateway.uri("/health")).json().path("status").asString())
            .isEqualTo("ok");
      }
      assertThat(RecordedUsage.in(folder))
          .isEqualTo(Map.of("fixed", new RecordedUsage(3, 90, 36, 0)));
    }
  }

  @Test
  void keysExpire_asTheWallClockSays() throws Exception {
    GatewayAndUpstream.writeKeys(folder);
    try (FakeUpstream upstream = FakeUpstream.start();
        RunningGateway gateway = RunningGateway.start(folder, upstream, Map.of(), clock)) {
      assertThat(call(gateway)).isEqualTo(200);
      aheadMillis.set(Duration.ofDays(100 * 365).toMillis());
      assertThat(call(gateway)).isEqualTo(403);
      aheadMillis.set(0);
      assertThat(call(gateway)).isEqualTo(200);
    }
  }
}
