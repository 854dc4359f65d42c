package dev.tallygate.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Browser;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;

/**
 * A gateway with keys and a week of calls behind it, the last hour's minute by minute, and a
 * browser before its dashboard.
 */
final class DashboardUnderTest implements AutoCloseable {
  private static final String[] MODELS = {"glm-4.7", "glm-4.7", "glm-4.5-air", "glm-4.6"};

  final MovedTicker ticker = new MovedTicker(Duration.ofDays(7));
  final FakeUpstream upstream = FakeUpstream.start();
  final RunningGateway gateway;

  /** Another admin. */
  final AdminClient admin;

  final Browser browser;
  private final Random random = new Random(11);

  /**
   * Starts one.
   *
   * @param history whether there were calls before now; making them takes some 20 seconds
   */
  DashboardUnderTest(Path folder, boolean history) throws IOException, InterruptedException {
    KeyFiles.in(folder).write(keys(Instant.now()));
    upstream.always(connection -> {
      ticker.advance(Duration.ofMillis(600 + random.nextInt(2_400)));
      connection.send(
          Answers.chatCompletion(600 + random.nextInt(2_600), 150 + random.nextInt(900)));
    });
    gateway =
        RunningGateway.start(
            folder,
            upstream,
            Map.of(
                "ADMIN_TOKEN",
                AdminClient.TOKEN,
                // Hours pass between calls on one connection.
                "CLIENT_IDLE_TIMEOUT_MS",
                "86400000",
                "USAGE_SYNC_MS",
                "10"),
            ticker);
    admin = new AdminClient(gateway);
    // Before the history: it must not be old by the time that it is looked at.
    browser = Browser.start();
    if (history) {
      week();
    } else {
      pass(Duration.ofDays(7));
    }
  }

  private static KeyFiles.Entry[] keys(Instant now) {
    Instant inAYear = now.plus(Duration.ofDays(365));
    return new KeyFiles.Entry[] {
      KeyFiles.key("pk_anna_lindqvist")
          .with("id", "anna")
          .name("Anna Lindqvist")
          .model("*")
          .limit(900_000)
          .expires(inAYear),
      KeyFiles.key("pk_build_agent_01")
          .with("id", "build-agent")
          .name("Build agent")
          .model("*")
          .limit(450_000)
          .requestsPerMinute(60)
          .expires(inAYear),
      KeyFiles.key("pk_data_team_0001")
          .with("id", "data-team")
          .name("Data team")
          .models("glm-4.7", "glm-4.5-air")
          .limit(500_000)
          .quotaMode("strict")
          .expires(inAYear),
      KeyFiles.key("pk_evaluation_001")
          .with("id", "evaluation")
          .name("Evaluation runs")
          .model("glm-4.6")
          .limit(240_000)
          .maxConcurrent(8)
          .expires(now.plus(Duration.ofDays(9))),
      KeyFiles.key("pk_jonas_cc_0001")
          .with("id", "jonas")
          .name("Jonas (Claude Code)")
          .model("*")
          .limit(750_000)
          .upstreamKey("his-own")
          .expires(inAYear),
      KeyFiles.key("pk_contractor_01")
          .with("id", "contractor")
          .name("Old contractor")
          .expires(now.minus(Duration.ofDays(3))),
      KeyFiles.key("pk_support_bot_1")
          .with("id", "support-bot")
          .name("Support bot")
          .disabled()
          .expires(inAYear),
      KeyFiles.key("pk_web_demo_0001")
          .with("id", "web-demo")
          .name("Web demo")
          .limit(20_000)
          .expires(inAYear)
    };
  }

  /** Fewer calls the longer it is ago: nobody waits for a test to have made them. */
  private void week() throws IOException, InterruptedException {
    while (ticker.behind().compareTo(Duration.ofHours(24)) > 0) {
      calls(4);
      pass(Duration.ofHours(20));
    }
    while (ticker.behind().compareTo(Duration.ofMinutes(90)) > 0) {
      calls(10);
      pass(Duration.ofMinutes(60));
    }
    pass(ticker.behind().minus(Duration.ofMinutes(61)));
    while (ticker.behind().compareTo(Duration.ofMinutes(1)) > 0) {
      long minute = ticker.behind().toMinutes();
      calls(4 + (int) (3 * Math.sin(minute / 8.0)) + random.nextInt(3));
      if (minute % 7 == 0) {
        assertThat(call("pk_support_bot_1", "glm-4.7")).isEqualTo(403);
        assertThat(call("pk_data_team_0001", "glm-4.7-flash")).isEqualTo(403);
      }
      if (minute % 20 == 0) {
        upstream.then(Answers.json(500, "{\"error\":{\"message\":\"overloaded\"}}"));
        assertThat(call("pk_anna_lindqvist", "glm-4.7")).isEqualTo(500);
      }
      pass(ticker.behind().minus(Duration.ofMinutes(minute - 1)));
    }
    pass(Duration.ofDays(7));
  }

  /** What the gateway has under way is given the time to end: it must not take the leap for its. */
  private void pass(Duration time) throws InterruptedException {
    Thread.sleep(200);
    ticker.advance(time);
    Thread.sleep(60);
  }

  private void calls(int count) throws IOException, InterruptedException {
    String[] callers = {"pk_anna_lindqvist", "pk_jonas_cc_0001", "pk_jonas_cc_0001"};
    for (int i = 0; i < count; i++) {
      String caller = callers[random.nextInt(callers.length)];
      served(caller, MODELS[random.nextInt(MODELS.length)]);
      if (random.nextInt(4) == 0) {
        served("pk_build_agent_01", "glm-4.5-air");
        served("pk_evaluation_001", "glm-4.6");
      }
    }
  }

  /** After a leap of the clock the ledger seems to hang, until it has written again. */
  private void served(String secret, String model) throws IOException, InterruptedException {
    for (int tries = 0; tries < 50 && call(secret, model) == 503; tries++) {
      Thread.sleep(20);
    }
  }

  /** Makes a call; the status that came back. */
  int call(String secret, String model) throws IOException, InterruptedException {
    return Http.post(
            gateway.uri("/v1/chat/completions"),
            "{\"model\":\""
                + model
                + "\",\"max_tokens\":400,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
            "x-api-key",
            secret)
        .status();
  }

  /** A place in the dashboard. */
  URI at(String hash) {
    return gateway.managementUri("/" + hash);
  }

  /** Opens the dashboard, and signs in where nobody is. */
  Browser open(String hash) {
    browser.open(at(hash));
    browser.reload();
    browser.await(() -> !browser.all("#token, nav").isEmpty(), "the dashboard");
    if (!browser.all("#token").isEmpty()) {
      browser.fill("Admin token", AdminClient.TOKEN).press("Sign in").see("nav");
    }
    return browser;
  }

  @Override
  public void close() throws IOException {
    browser.close();
    gateway.close();
    upstream.close();
  }
}
