package dev.tallygate.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Browser;
import dev.tallygate.testkit.NeedsChromium;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the dashboard shows, page by page, in every size and colour. */
@NeedsChromium
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardPagesBrowserTest {
  private static final int LARGEST_PICTURE = 300_000;

  @TempDir static Path folder;
  private static DashboardUnderTest dashboard;
  private static Browser browser;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    dashboard = new DashboardUnderTest(folder, true);
    browser = dashboard.browser;
  }

  @AfterAll
  static void stop() throws IOException {
    dashboard.close();
  }

  private record Look(int width, boolean dark) {
    String suffix() {
      return "-" + width + (dark ? "-dark" : "-light");
    }
  }

  private static void shoot(String name, Look look, String hash, String sign) {
    browser.look(look.width(), look.width() == 390 ? 844 : 1000, look.dark());
    dashboard.open(hash).read(sign);
    browser.check().screenshotWhole(name + look.suffix());
  }

  @ParameterizedTest
  @CsvSource({"1440, false", "1440, true", "390, false", "390, true"})
  void pages_inEverySizeAndColour(int width, boolean dark) {
    Look look = new Look(width, dark);
    shoot("overview", look, "#/overview", "Most used keys");
    shoot("keys", look, "#/keys", "8 keys");
    shoot("key", look, "#/keys/jonas", "Recent refusals");
    shoot("cache", look, "#/cache", "Counters");
    shoot("health", look, "#/health", "Usage ledger");
    browser.press("Sign out").see("#token");
    browser.check().screenshotWhole("sign-in" + look.suffix());
  }

  @Test
  void overview_tellsOfTheLastHour() {
    browser.look(1440, 1000, false);
    dashboard.open("#/overview").read("Most used keys");
    List<String> tiles =
        browser.all(".tile").stream().map(tile -> tile.getText().replace('\n', ' ')).toList();
    assertThat(tiles).hasSize(6);
    assertThat(tiles.get(0)).startsWith("Requests per minute").contains("in the last hour");
    assertThat(tiles.get(2)).contains("failed").doesNotContain(" 0 failed");
    assertThat(tiles.get(3)).containsPattern("Latency [\\d.]+ m?s median; 95 % within [\\d.]+ m?s");
    assertThat(tiles.get(4)).containsPattern("\\d\\d\\.\\d %");
    browser.press("Show as a table");
    assertThat(browser.see(".chart table").getText()).contains("Served", "Refused", "Failed");
    assertThat(browser.all(".chart tbody tr")).hasSize(60);
  }

  @Test
  void overview_refreshesItself() throws Exception {
    browser.look(1440, 1000, false);
    dashboard.open("#/overview").read("Most used keys");
    String before = browser.see(".tile .note").getText();
    assertThat(dashboard.call("pk_web_demo_0001", "glm-4.7")).isEqualTo(200);
    browser.await(
        () -> !browser.see(".tile .note").getText().equals(before), "one more request in the hour");
  }

  @Test
  void keyPage_chartsUsageByModelInEachRange() {
    browser.look(1440, 1000, false);
    dashboard.open("#/keys/jonas").read("Tokens by model, last 24 hours");
    browser.press("Show as a table");
    assertThat(browser.see(".chart thead").getText()).contains("glm-4.7", "glm-4.5-air", "glm-4.6");
    assertThat(browser.all(".chart tbody tr")).hasSize(24);
    browser.press("7 days").read("Tokens by model, last 7 days");
    browser.await(() -> browser.all(".chart tbody tr").size() == 7, "a row for each day");
    browser.press("30 days").read("Tokens by model, last 30 days");
    browser.await(() -> browser.all(".chart tbody tr").size() == 30, "a row for each day");
    browser.check();
  }

  @Test
  void keyPage_tellsWhyCallsWereRefused() {
    browser.look(1440, 1000, false);
    dashboard.open("#/keys/support-bot").read("The key is disabled.").read("403 key_disabled");
    browser.read("Its calls are refused with 403 until it is enabled.");
    dashboard.open("#/keys/data-team").read("may not use the model");
    dashboard.open("#/keys/web-demo").read("every call of this key was let through");
    dashboard.open("#/keys/contractor").read("Expired 3 days ago.");
  }

  @Test
  void unknownPlaces_sayWhereToGo() {
    dashboard.open("#/keys/nobody").read("There is no key nobody");
    browser.press("← All keys").read("8 keys");
    dashboard.open("#/nothing").read("There is no such page").check();
    dashboard.open("#/keys?page=999&sort=evil&status=odd").read("8 keys").read("Anna Lindqvist");
    assertThat(browser.see("th[aria-sort]").getText()).startsWith("Key");
  }

  /** First, while the last minute is one with calls. */
  @Test
  @Order(1)
  void picture_ofTheReadme() throws IOException {
    browser.look(1280, 800, false);
    dashboard.open("#/overview").read("Most used keys");
    Path picture = browser.screenshot("dashboard");
    assertThat(Files.size(picture)).isLessThan(LARGEST_PICTURE);
    if (Boolean.getBoolean("docs.write")) {
      Path kept = Path.of(System.getProperty("tallygate.root", ".."), "docs", "dashboard.png");
      Files.copy(picture, kept, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
