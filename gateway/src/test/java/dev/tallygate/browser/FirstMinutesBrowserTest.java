package dev.tallygate.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Browser;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.NeedsChromium;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The overview of a gateway that few calls have come to yet. */
@NeedsChromium
class FirstMinutesBrowserTest {
  /** How many stretches of columns of the latency's chart hold anything that is coloured. */
  private static final String STRETCHES =
      """
      const canvas = document.querySelector('section[aria-label=Latency] canvas');
      if (!canvas) return 0;
      const { width, height } = canvas;
      const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      const isColoured = (at) => data[at + 3] > 200
        && Math.max(...data.slice(at, at + 3)) - Math.min(...data.slice(at, at + 3)) > 60;
      let stretches = 0;
      for (let x = 0, before = false; x < width; x++) {
        let now = false;
        for (let y = 0; y < height && !now; y++) now = isColoured(4 * (y * width + x));
        if (now && !before) stretches++;
        before = now;
      }
      return stretches;
      """;

  @TempDir Path folder;

  @Test
  void latency_isToldFromTheFirstCallOn_andNotOfIdleMinutes() throws Exception {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345"));
    MovedTicker ticker = new MovedTicker(Duration.ofHours(1));
    try (FakeUpstream upstream = FakeUpstream.start().always(Answers.chatCompletion(3, 4));
        RunningGateway gateway =
            RunningGateway.start(
                folder, upstream, Map.of("ADMIN_TOKEN", AdminClient.TOKEN), ticker);
        Browser browser = Browser.start()) {
      call(gateway);
      browser.look(1440, 1000, false).open(gateway.managementUri("/"));
      browser
          .fill("Admin token", AdminClient.TOKEN)
          .press("Sign in")
          .read("1 request in the last hour");
      browser.read("median; 95 % within").readNoMore("No answers in the last hour.");
      browser.await(() -> stretches(browser) == 1, "one point");
      ticker.advance(Duration.ofMinutes(20));
      call(gateway);
      browser.await(() -> stretches(browser) == 2, "two points and no line between them");
      browser.check().screenshot("overview-1440-light-first-minutes");
    }
  }

  private static long stretches(Browser browser) {
    return browser.js(STRETCHES) instanceof Long stretches ? stretches : -1;
  }

  /** After a leap of the clock the ledger seems to hang, until it has written again. */
  private static void call(RunningGateway gateway) throws IOException, InterruptedException {
    int status = 503;
    for (int tries = 0; tries < 50 && status == 503; tries++) {
      Thread.sleep(20);
      status =
          Http.post(
                  gateway.uri("/v1/chat/completions"),
                  "{\"model\":\"glm-4.7\",\"max_tokens\":9,\"messages\":[]}",
                  "x-api-key",
                  "pk_user_12345")
              .status();
    }
    assertThat(status).isEqualTo(200);
  }
}
