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
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** No page is wider than its window, whatever keys and models are called. */
@NeedsChromium
class LongNamesBrowserTest {
  private static final String SECRET = "pk_long_names_1";
  private static final String ID = "i".repeat(200);
  private static final String NAME = "n".repeat(200);
  private static final String MAIL = "build-pipeline-integration-tests@engineering.example.com";
  private static final String MODEL = "m".repeat(300);

  @TempDir static Path folder;
  private static FakeUpstream upstream;
  private static RunningGateway gateway;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    KeyFiles.in(folder)
        .write(
            KeyFiles.key(SECRET).id(ID).name(NAME).model("*"),
            KeyFiles.key("pk_mail_000001").id("mail").name(MAIL).models("glm-4.7", "x".repeat(150)),
            KeyFiles.key("pk_refused_001").id(ID).name("Twice"));
    upstream = FakeUpstream.start().always(Answers.chatCompletion(9_000, 600));
    gateway = RunningGateway.start(folder, upstream, Map.of("ADMIN_TOKEN", AdminClient.TOKEN));
    assertThat(call(SECRET, MODEL)).isEqualTo(200);
    assertThat(call(SECRET, " ")).isEqualTo(200);
    assertThat(call("pk_mail_000001", "glm-4.7")).isEqualTo(200);
    assertThat(call("pk_mail_000001", MODEL)).isEqualTo(403);
    browser = Browser.start();
    browser.open(gateway.managementUri("/")).fill("Admin token", AdminClient.TOKEN);
    browser.press("Sign in").see("nav");
  }

  private static int call(String key, String model) throws IOException, InterruptedException {
    String body = "{\"model\":\"%s\",\"max_tokens\":9,\"messages\":[]}".formatted(model);
    return Http.post(gateway.uri("/v1/chat/completions"), body, "x-api-key", key).status();
  }

  @AfterAll
  static void stop() throws IOException {
    browser.close();
    gateway.close();
    upstream.close();
  }

  private static Browser show(String hash, String sign) {
    browser.open(gateway.managementUri("/" + hash)).reload();
    return browser.read(sign);
  }

  @ParameterizedTest
  @ValueSource(ints = {1440, 390})
  void dashboard_staysWithinTheWindow(int width) {
    browser.look(width, 900, false);
    String suffix = "-long-" + width;
    show("#/overview", NAME).check().screenshotWhole("overview" + suffix);
    show("#/keys", MAIL).check().screenshotWhole("keys" + suffix);
    show("#/cache", "Counters").check();
    show("#/health", "duplicate id").check().screenshotWhole("health" + suffix);
    show("#/keys/" + "k".repeat(200), "There is no key").check();
    show("#/keys/mail", MAIL).read("model_not_allowed").check().screenshotWhole("mail" + suffix);
    show("#/keys/" + ID, MODEL).check().screenshotWhole("key" + suffix);
    browser.press("Show as a table").check();
    browser.press("Edit…").see("dialog");
    browser.check().screenshot("edit" + suffix);
    browser.press("Cancel").press("Revoke…").read("Revoke the key?").check();
    browser.screenshot("revoke" + suffix);
    assertThat(
            browser.js(
                "const d = document.querySelector('dialog'); return d.scrollWidth - d.clientWidth"))
        .isEqualTo(0L);
    browser.press("Cancel");
  }

  @ParameterizedTest
  @ValueSource(ints = {1440, 390})
  void holderPage_staysWithinTheWindow(int width) {
    browser.look(width, 900, false);
    for (String key : new String[] {SECRET, "pk_mail_000001"}) {
      browser.open(gateway.uri("/")).fill("Your key", key).keys(Keys.ENTER).see("#quota-title");
      browser.check().screenshotWhole("holder-long-" + key + "-" + width);
    }
  }

  @Test
  void modelThatCannotBeSeen_hasAName() {
    browser.look(1440, 900, false);
    show("#/keys/" + ID, "(blank)");
    assertThat(browser.see("[aria-label='By model'] tbody").getText()).contains("(blank)");
  }
}
