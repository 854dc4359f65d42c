package dev.tallygate.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Browser;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.NeedsChromium;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.UpstreamConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** What a key's holder sees at {@code /}, in a real browser. */
@NeedsChromium
class HolderPageBrowserTest {
  private static final String KEY = "pk_user_12345";
  private static final String AGENT = "pk_agents_678";

  @TempDir static Path folder;
  private static FakeUpstream upstream;
  private static RunningGateway gateway;
  private static Browser browser;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    Instant now = Instant.now();
    KeyFiles.in(folder)
        .write(
            KeyFiles.key(KEY)
                .name("Ann’s laptop")
                .model("glm-4.7")
                .limit(100_000)
                .requestsPerMinute(60)
                .maxConcurrent(4)
                .expires(now.plus(Duration.ofDays(9)))
                .used(now.minus(Duration.ofHours(2)), 37_310),
            KeyFiles.key(AGENT).models("glm-4.7", "glm-4.5-air").limit(1_000_000),
            KeyFiles.key("pk_expired_1").expires(now.minus(Duration.ofDays(3))),
            KeyFiles.key("pk_disabled1").disabled(),
            KeyFiles.key("pk_spent_001").limit(10).used(now.minus(Duration.ofHours(1)), 42),
            KeyFiles.key("pk_no_quota1").limit(0),
            KeyFiles.key("pk_held_0001").limit(100),
            KeyFiles.key("pk_it's_$me1").name("Odd"));
    upstream = FakeUpstream.start().always(Answers.chatCompletion(2_140, 612));
    gateway = RunningGateway.start(folder, upstream, Map.of());
    for (int i = 0; i < 3; i++) {
      assertThat(call(KEY, "glm-4.7")).isEqualTo(200);
      assertThat(call(AGENT, "glm-4.5-air")).isEqualTo(200);
    }
    assertThat(call(AGENT, "glm-4.7")).isEqualTo(200);
    browser = Browser.start();
  }

  private static int call(String key, String model) throws IOException, InterruptedException {
    return Http.post(
            gateway.uri("/v1/chat/completions"),
            "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
            "x-api-key",
            key)
        .status();
  }

  @AfterAll
  static void stop() throws IOException {
    browser.close();
    gateway.close();
    upstream.close();
  }

  @BeforeEach
  void open() {
    browser.look(1440, 900, false).open(gateway.uri("/")).see("#key");
  }

  private static void show(String key) {
    browser.fill("Your key", key).keys(Keys.ENTER).see("h2#quota-title");
  }

  @ParameterizedTest
  @CsvSource({"1440, false", "1440, true", "390, false", "390, true"})
  void page_inEverySizeAndColour(int width, boolean dark) {
    String name = "holder-" + width + (dark ? "-dark" : "-light");
    browser.look(width, 900, dark).open(gateway.uri("/")).see("#key");
    browser.check().screenshot(name + "-empty");
    show(KEY);
    browser.read("Last 24 hours by model").check().screenshotWhole(name);
  }

  @Test
  void figures_areTheKeys() {
    show(KEY);
    browser
        .read("Ann’s laptop")
        .read("pk_user_…2345")
        .read("54,434 left of 100,000")
        .read("57 of 60 left")
        .read("0 of 4 running")
        .read("in 9 days")
        .read("3 requests");
    assertThat(browser.see("[role=meter]").getDomAttribute("aria-valuetext"))
        .isEqualTo("45,566 used, 0 reserved, 54,434 left of 100,000 tokens");
    assertThat(browser.see(".figures").getText()).contains("glm-4.7", "6,420", "1,836", "8,256");
    assertThat(browser.focused()).isEqualTo("Ann’s laptop");
  }

  @Test
  void models_areListedWithTheMostUsedFirst() {
    show(AGENT);
    String table = browser.see(".figures").getText();
    assertThat(table.indexOf("glm-4.5-air")).isBetween(0, table.indexOf("glm-4.7"));
    browser.read("no limit");
  }

  @Test
  void key_isNowhereButInThePagesMemory() {
    show(KEY);
    browser.press("Put my key in");
    assertThat(browser.see("#snippet").getText()).contains(KEY);
    assertThat(browser.address()).isEqualTo(gateway.uri("/").toString());
    assertThat(
            browser.js(
                "return localStorage.length + sessionStorage.length + document.cookie.length"))
        .isEqualTo(0L);
    assertThat((String) browser.js("return document.documentElement.outerHTML"))
        .as("once it is asked for, nowhere else")
        .doesNotContain("value=\"" + KEY);
    browser.press("Forget the key").see("#key");
    assertThat((String) browser.js("return document.documentElement.outerHTML"))
        .doesNotContain(KEY);
    show(KEY);
    browser.reload();
    assertThat(browser.see("#key").getDomProperty("value")).isEmpty();
  }

  @Test
  void wrongKey_isToldAndCanBeTriedAgain() {
    browser.press("Show").read("Paste your key first.");
    browser.fill("Your key", "pk_nobody").press("Show").read("does not know this key");
    assertThat(browser.field("Your key").getDomAttribute("aria-invalid")).isEqualTo("true");
    browser.check().screenshot("holder-1440-light-unknown");
    show(KEY);
    browser.read("Ann’s laptop");
  }

  @ParameterizedTest
  @CsvSource({
    "pk_expired_1, This key has expired.",
    "pk_disabled1, This key is disabled.",
    "pk_spent_001, The quota is used up.",
    "pk_no_quota1, There is no quota."
  })
  void refusedKeys_areToldWhy(String key, String reason) {
    show(key);
    browser.read("refused\n").read(reason).check().screenshot("holder-1440-light-" + key);
  }

  @Test
  void usedUpQuota_tellsFromWhenCallsWorkAgain() {
    show("pk_spent_001");
    browser.read("Calls are refused with 429 until");
    assertThat(browser.see(".notice.bad").getText())
        .containsPattern("until \\d\\d:\\d\\d, in (4 h|3 h 59 min)\\.");
  }

  @Test
  void quotaThatRunningCallsHold_isNotToldAsFree() throws Exception {
    int before = upstream.requests().size();
    upstream.then(UpstreamConnection::stall);
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.request(
          "POST",
          "/v1/chat/completions",
          "{\"model\":\"glm-4.7\",\"max_tokens\":400,\"messages\":[]}",
          "x-api-key: pk_held_0001");
      upstream.awaitRequests(before + 1);
      show("pk_held_0001");
      browser.read("Running calls hold all that is left.").read("waiting").read("Nothing is used.");
      browser.readNoMore("whole quota is free").check();
    } finally {
      upstream.release();
    }
    gateway.awaitIdle();
  }

  @Test
  void keyWithSomethingAroundIt_isUnderstoodOrToldWhatIsWrong() {
    browser.fill("Your key", "Bearer " + KEY).press("Show").read("Ann’s laptop");
    browser.press("Forget the key").see("#key");
    for (String strange : new String[] {KEY + "\u200b", "“" + KEY + "”", "pk_\u00ad12"}) {
      browser.fill("Your key", strange).press("Show").read("is one that keys do not have");
      assertThat(browser.focused()).isEqualTo("key");
    }
    browser.read("Character 4 of it, U+00AD,").readNoMore("cannot be reached").check();
  }

  @Test
  void snippetsThatCall_setWhatStrictQuotasAskFor() {
    for (String client : new String[] {"curl", "OpenAI SDK", "Anthropic SDK"}) {
      browser.press(client);
      assertThat(browser.all("#snippet pre"))
          .as(client)
          .hasSize(2)
          .allSatisfy(snippet -> assertThat(snippet.getText()).contains("max_tokens"));
    }
  }

  @Test
  void snippets_haveTheAddressAndWhatIsAskedFor() {
    String base = gateway.uri("").toString();
    for (String client :
        new String[] {"curl", "OpenAI SDK", "Anthropic SDK", "Claude Code", "Cline", "Codex"}) {
      browser.press(client);
      assertThat(browser.see("#snippet").getText()).as(client).contains(base, "YOUR_KEY");
    }
    show("pk_it's_$me1");
    browser.press("Put my key in").press("Claude Code");
    assertThat(browser.see("#snippet").getText())
        .contains("ANTHROPIC_AUTH_TOKEN='pk_it'\\''s_$me1'");
    browser.check();
  }

  @Test
  void tabs_followTheArrowKeys() {
    browser.press("curl").keys(Keys.ARROW_RIGHT);
    assertThat(browser.focused()).isEqualTo("OpenAI SDK");
    browser.keys(Keys.END);
    assertThat(browser.focused()).isEqualTo("Codex");
    browser.keys(Keys.ARROW_RIGHT);
    assertThat(browser.see("[aria-selected=true]").getText()).isEqualTo("curl");
    assertThat(browser.see("#snippet").getText()).contains("Authorization: Bearer YOUR_KEY");
  }

  @Test
  void copyButton_putsTheSnippetOnTheClipboard() {
    browser.js(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => {"
            + " window.copied = text; }}})");
    browser.press("Codex").press("Copy").read("Copied");
    assertThat((String) browser.js("return window.copied"))
        .contains("base_url = \"" + gateway.uri("/v1") + "\"", "wire_api = \"responses\"");
  }

  @Test
  void everything_worksByKeyboardAlone() {
    browser.keys(Keys.TAB);
    assertThat(browser.focused()).isEqualTo("Skip to the content");
    browser.keys(Keys.TAB).keys(KEY, Keys.ENTER).read("54,434 left");
    browser.keys(Keys.TAB);
    assertThat(browser.focused()).isEqualTo("Refresh");
    browser.keys(Keys.TAB, Keys.ENTER).see("#key");
  }

  @Test
  void gatewayThatIsGone_isToldAndTheFiguresStay() {
    show(KEY);
    browser.js("window.fetch = () => Promise.reject(new TypeError('gone'))");
    browser.press("Refresh").read("cannot be reached").read("These figures are of");
    browser.read("54,434 left").check().screenshot("holder-1440-light-unreachable");
  }
}
