package dev.tallygate.browser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Browser;
import dev.tallygate.testkit.NeedsChromium;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.UpstreamConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import tools.jackson.databind.JsonNode;

/** What can be done in the dashboard; every change is checked by a call, not by what it shows. */
@NeedsChromium
class DashboardActionsBrowserTest {
  @TempDir static Path folder;
  private static DashboardUnderTest dashboard;
  private static Browser browser;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    dashboard = new DashboardUnderTest(folder, false);
    browser = dashboard.browser;
  }

  @AfterAll
  static void stop() throws IOException {
    dashboard.close();
  }

  @BeforeEach
  void open() {
    browser.look(1440, 1000, false);
    dashboard.open("#/keys").read("keys");
  }

  @AfterEach
  void console() {
    assertThat(browser.errors()).as("errors in the console").isEmpty();
  }

  private static List<String> names() {
    return browser.all(".keys tbody th a").stream().map(WebElement::getText).toList();
  }

  private static int call(String secret) throws Exception {
    return dashboard.call(secret, "glm-4.7");
  }

  private static String create(String name) {
    browser.press("New key").fill("Name", name).press("Make the key").read("The key is made");
    String secret = browser.see(".secret code").getText();
    browser.press("I have stored it").read(name + " is made.");
    return secret;
  }

  @Test
  void wrongToken_isRefused_theRightOneSignsIn() {
    browser.press("Sign out").see("#token");
    browser.press("Sign in").read("Enter the admin token.");
    browser.fill("Admin token", "not-the-token-at-all").press("Sign in");
    browser.read("This is not the admin token.");
    assertThat(browser.field("Admin token").getDomAttribute("aria-invalid")).isEqualTo("true");
    browser.check().screenshot("sign-in-1440-light-refused");
    browser.fill("Admin token", AdminClient.TOKEN).keys(Keys.ENTER).see("nav");
    assertThat((String) browser.js("return document.cookie"))
        .as("what scripts can see of the session")
        .isEmpty();
    assertThat(browser.js("return localStorage.length + sessionStorage.length")).isEqualTo(0L);
  }

  @Test
  void sessionThatEnded_leadsBackToWhereOneWas() throws Exception {
    dashboard.open("#/keys/anna").read("Anna Lindqvist");
    browser.forgetCookies();
    browser.press("7 days").read("Your session has ended.");
    browser.screenshot("sign-in-1440-light-ended");
    browser.fill("Admin token", AdminClient.TOKEN).keys(Keys.ENTER);
    browser.read("Anna Lindqvist").read("Recent refusals");
    assertThat(browser.address()).endsWith("#/keys/anna");
  }

  @Test
  void newKey_worksAtOnce_itsSecretIsShownOnce() throws Exception {
    browser.press("New key").see("dialog");
    browser.check().screenshot("new-key-1440-light");
    browser
        .fill("Name", "Zora’s notebook")
        .fill("Tokens in 5 hours", "5000")
        .fill("Requests per minute", "30")
        .fill("Model", "glm-4.6")
        .press("Make the key")
        .read("It is shown this once");
    String secret = browser.see(".secret code").getText();
    assertThat(secret).startsWith("tg_");
    browser.check().screenshot("secret-1440-light");
    browser.keys(Keys.ESCAPE);
    assertThat(browser.see(".secret code").getText())
        .as("Escape does not lose it")
        .isEqualTo(secret);
    assertThat(call(secret)).isEqualTo(200);
    browser.press("I have stored it").read("Zora’s notebook is made.");
    assertThat((String) browser.js("return document.documentElement.outerHTML"))
        .doesNotContain(secret);
    assertThat(names()).contains("Zora’s notebook");
    browser.press("Zora’s notebook").read("left of 5,000").read("glm-4.6");
  }

  @Test
  void mistakes_areToldAtTheirFields() {
    browser.press("New key").see("dialog");
    browser
        .fill("Name", "Wrong")
        .fill("Tokens in 5 hours", "-5")
        .fill("Requests per minute", "0")
        .press("Make the key");
    browser.await(
        () -> browser.all("dialog input[aria-invalid=true]").size() == 2, "two fields marked");
    assertThat(browser.focused()).isEqualTo("field-token_limit_per_5h");
    assertThat(browser.see(".of-token_limit_per_5h .error").getText()).isNotEmpty();
    browser.check().screenshot("new-key-1440-light-refused");
    browser.fill("Tokens in 5 hours", "5").fill("Requests per minute", "1").press("Make the key");
    browser.read("The key is made").press("I have stored it").read("Wrong is made.");
  }

  @Test
  void edit_takesEffectOnTheNextCall() throws Exception {
    String secret = create("To be edited");
    assertThat(call(secret)).isEqualTo(200);
    browser.press("Actions for To be edited").press("Edit…").see("dialog");
    assertThat(browser.field("Name").getDomProperty("value")).isEqualTo("To be edited");
    browser.fill("Name", "Edited").fill("Tokens in 5 hours", "1").press("Save");
    browser.read("Edited is changed.");
    assertThat(call(secret)).isEqualTo(429);
    browser.press("Edited").read("The tokens that the key may use in 5 hours were used up");
  }

  @Test
  void twoAdmins_areToldOfEachOther() throws Exception {
    create("Contested");
    browser.press("Contested").read("Recent refusals");
    String id = browser.address().substring(browser.address().lastIndexOf('/') + 1);
    browser.press("Edit…").fill("Name", "Mine");
    assertThat(
            dashboard
                .admin
                .patch("/keys/" + id, "{\"token_limit_per_5h\":777,\"name\":\"Theirs\"}")
                .status())
        .isEqualTo(200);
    browser.press("Save").read("Somebody changed this key");
    browser.read("Contested → Theirs").read("100000 → 777");
    browser.check().screenshot("conflict-1440-light");
    browser.press("Start again from theirs");
    assertThat(browser.field("Name").getDomProperty("value")).isEqualTo("Theirs");
    browser.fill("Name", "Mine").press("Save").read("Mine is changed.");
    assertThat(dashboard.admin.get("/keys/" + id).json().path("token_limit_per_5h").asInt())
        .as("their limit is still there")
        .isEqualTo(777);
  }

  @Test
  void conflict_canBeSavedOnTop() throws Exception {
    create("Overwritten");
    browser.press("Overwritten").read("Recent refusals");
    String id = browser.address().substring(browser.address().lastIndexOf('/') + 1);
    browser.press("Edit…").fill("Name", "On top");
    dashboard.admin.patch("/keys/" + id, "{\"max_concurrent\":3}");
    browser.press("Save").read("Somebody changed this key").press("Save my changes on top");
    browser.read("On top is changed.");
    assertThat(dashboard.admin.get("/keys/" + id).json().path("max_concurrent").asInt())
        .as("what they changed and I did not")
        .isEqualTo(3);
  }

  @Test
  void keyThatIsGone_isToldToWhoEditsIt() throws Exception {
    create("Vanishing");
    browser.press("Vanishing").read("Recent refusals");
    String id = browser.address().substring(browser.address().lastIndexOf('/') + 1);
    browser.press("Edit…").fill("Name", "Too late");
    assertThat(dashboard.admin.delete("/keys/" + id).status()).isEqualTo(204);
    browser.read("There is no key " + id);
    browser.press("Save").read("This key was revoked meanwhile").check();
    browser.press("Cancel").press("← All keys").read("Anna Lindqvist");
  }

  @Test
  void quotaThatRunningCallsHold_isNotToldAsFree() throws Exception {
    String secret = create("Held");
    browser.press("Actions for Held").press("Edit…").fill("Tokens in 5 hours", "10").press("Save");
    browser.read("Held is changed.");
    dashboard.upstream.then(UpstreamConnection::stall);
    try (RawClient client = RawClient.connect(dashboard.gateway.uri("/"))) {
      client.request(
          "POST", "/v1/chat/completions", "{\"model\":\"glm-4.7\"}", "x-api-key: " + secret);
      browser.press("Held").read("Running calls hold all that is left.").read("Nothing is used;");
      browser.press("← All keys").read("when calls end").check();
    } finally {
      dashboard.upstream.release();
    }
  }

  @Test
  void rotate_givesANewSecret_andTheOldOneItsGrace() throws Exception {
    String old = create("Rotated");
    browser.press("Actions for Rotated").press("Rotate secret…").read("Rotated");
    browser.check().screenshot("rotate-1440-light");
    browser.press("Rotate").read("The new secret");
    String secret = browser.see(".secret code").getText();
    assertThat(secret).startsWith("tg_").isNotEqualTo(old);
    browser.read("is accepted until").press("I have stored it").read("has a new secret");
    assertThat(call(secret)).isEqualTo(200);
    assertThat(call(old)).isEqualTo(200);
    dashboard.open("#/keys").press("Actions for Rotated").press("Rotate secret…");
    browser.read("The secret from before the last rotation").check();
    browser.press("Rotate").see(".secret");
    browser.press("I have stored it");
    assertThat(call(old)).isEqualTo(401);
    assertThat(call(secret)).isEqualTo(200);
    dashboard.open("#/keys").press("Actions for Rotated").press("Rotate secret…");
    browser.choose("The old secret", "refuse it at once").press("Rotate").see(".secret");
    browser.press("I have stored it");
    assertThat(call(secret)).isEqualTo(401);
  }

  @Test
  void rotate_ofAKeyThatSomebodyChangedMeanwhile_isRefused() throws Exception {
    String secret = create("Raced");
    browser.press("Raced").read("Recent refusals");
    String id = browser.address().substring(browser.address().lastIndexOf('/') + 1);
    browser.press("Rotate secret…").read("Raced");
    assertThat(dashboard.admin.post("/keys/" + id + "/rotate", "{\"grace_seconds\":60}").status())
        .isEqualTo(200);
    browser.press("Rotate").read("Somebody changed this key meanwhile.").check();
    assertThat(call(secret)).as("the grace that they gave").isEqualTo(200);
  }

  @Test
  void secretThatIsNotInForce_isShownWithWhatToDo() {
    browser.js(
        """
        const real = window.fetch;
        window.fetch = async (url, options) => {
          const answer = await real(url, options);
          if (options.method !== 'POST') return answer;
          const made = { ...(await answer.json()), not_in_force: 'could add a key; mend the file' };
          return new Response(JSON.stringify(made), {
            status: 202,
            headers: { 'Content-Type': 'application/json' },
          });
        };
        """);
    browser.press("New key").fill("Name", "Pending").press("Make the key");
    browser.read("It does not work yet.").read("The gateway could add a key; mend the file.");
    assertThat(browser.see(".secret code").getText()).startsWith("tg_");
    browser.check().screenshot("secret-1440-light-not-in-force");
  }

  @Test
  void disable_namesTheKey_andCanBeUndone() throws Exception {
    String secret = create("Paused");
    browser.press("Actions for Paused").press("Disable…").read("Disable the key?");
    assertThat(browser.see("dialog").getText()).contains("Paused (k_");
    assertThat(browser.focused()).as("not what does it").isEqualTo("Cancel");
    browser.check().screenshot("disable-1440-light");
    browser.press("Cancel");
    assertThat(call(secret)).isEqualTo(200);
    browser.press("Actions for Paused").press("Disable…").press("Disable");
    browser.read("Paused is disabled.");
    assertThat(call(secret)).isEqualTo(403);
    browser.press("Actions for Paused").press("Enable").read("Paused is enabled.");
    assertThat(call(secret)).isEqualTo(200);
  }

  @Test
  void revoke_namesTheKey_andIsForGood() throws Exception {
    String secret = create("Doomed");
    browser.press("Doomed").read("Recent refusals").press("Revoke…").read("Revoke the key?");
    assertThat(browser.see("dialog").getText()).contains("Doomed (k_");
    browser.check().screenshot("revoke-1440-light");
    browser.press("Revoke Doomed").read("Doomed is revoked.");
    assertThat(call(secret)).isEqualTo(401);
    assertThat(names()).isNotEmpty().doesNotContain("Doomed");
    assertThat(browser.focused()).isEqualTo("Keys");
  }

  @Test
  void searchSortAndStatus_findKeys() throws Exception {
    browser.fill("Search keys", "bot").await(() -> names().equals(List.of("Support bot")), "one");
    assertThat(browser.address()).contains("q=bot");
    browser.fill("Search keys", "no such thing").read("No key fits the search.");
    browser.check().screenshot("keys-1440-light-none");
    browser.press("Show all keys").read("Anna Lindqvist");
    browser.choose("Status", "expired");
    browser.await(() -> names().equals(List.of("Old contractor")), "the expired one");
    assertThat(call("pk_jonas_cc_0001")).isEqualTo(200);
    browser.choose("Status", "every status").press("Last used");
    browser.await(() -> names().indexOf("Jonas (Claude Code)") == 0, "the last used first");
    assertThat(browser.see("th[aria-sort]").getDomAttribute("aria-sort")).isEqualTo("descending");
    browser.press("Last used ↓");
    browser.await(() -> names().indexOf("Jonas (Claude Code)") > 0, "the last used not first");
  }

  @Test
  void manyKeys_comeInPages() throws Exception {
    for (int i = 0; i < 30; i++) {
      dashboard.admin.post("/keys", "{\"name\":\"Paged %02d\"}".formatted(i));
    }
    browser.fill("Search keys", "Paged").read("1 to 25 of 30 keys");
    browser.press("Next").read("26 to 30 of 30 keys");
    assertThat(names()).containsExactly("Paged 25", "Paged 26", "Paged 27", "Paged 28", "Paged 29");
    browser.js("history.back()");
    browser.read("Page 1 of 2").press("Next").read("Page 2 of 2");
    browser.press("Previous").read("Page 1 of 2");
    assertThat(browser.see("main [role=status]").getText()).isEqualTo("30 keys found.");
    dashboard.open("#/keys?q=Paged&page=999").read("Page 2 of 2");
    browser.look(390, 844, false).check();
    for (JsonNode key : dashboard.admin.get("/keys?q=Paged").json().path("items")) {
      dashboard.admin.delete("/keys/" + key.path("id").asString());
    }
  }

  @Test
  void menu_worksByKeyboard() {
    browser.press("Actions for Anna Lindqvist");
    browser.await(() -> browser.focused().equals("Edit…"), "the first action");
    browser.keys(Keys.ARROW_DOWN);
    assertThat(browser.focused()).isEqualTo("Rotate secret…");
    browser.screenshot("menu-1440-light");
    browser.keys(Keys.ESCAPE);
    assertThat(browser.focused()).isEqualTo("Actions for Anna Lindqvist");
    browser.keys(Keys.ENTER);
    browser.await(() -> browser.focused().equals("Edit…"), "the first action");
    browser.keys(Keys.ENTER).see("dialog");
    browser.keys(Keys.ESCAPE);
    browser.await(() -> browser.all("dialog").isEmpty(), "no dialog");
  }

  @Test
  void pages_giveTheFocusToTheirTitle() {
    browser.press("Cache").read("Hit rate");
    browser.await(() -> browser.focused().equals("Cache"), "the title");
    assertThat(browser.js("return document.title")).isEqualTo("Cache – Tallygate");
    browser.js("document.querySelector('.skip').focus()");
    browser.keys(Keys.ENTER);
    assertThat(browser.js("return document.activeElement.id")).isEqualTo("main");
  }

  @Test
  void cache_isClearedAndToldToForget() throws Exception {
    assertThat(call("pk_web_demo_0001")).isEqualTo(200);
    browser.press("Cache").read("Counters");
    browser
        .fill("One key, by its id", "web-demo")
        .press("Invalidate")
        .read("web-demo is forgotten");
    browser.press("Clear the cache…").read("Clear the whole cache?");
    browser.check().screenshot("cache-1440-light-clear");
    browser.press("Clear it").read("The cache is empty.").read("0 of 1,000 places taken");
    assertThat(dashboard.admin.get("/cache").json().path("size").asInt()).isZero();
  }

  @Test
  void gatewayThatIsGone_isTold_andTheFiguresStay() {
    browser.press("Overview").read("Most used keys");
    browser.js("window.fetch = () => Promise.reject(new TypeError('gone'))");
    browser.read("Not refreshed since").read("does not answer on its management port");
    browser.read("Most used keys").check().screenshot("overview-1440-light-unreachable");
    browser.press("Health").read("This cannot be shown.").check();
    browser.screenshot("health-1440-light-unreachable");
  }

  @Test
  void waiting_isShownAsSuch() {
    browser.press("Health").read("Usage ledger");
    browser.js("window.fetch = () => new Promise(() => {})");
    browser.press("Keys").see(".skeleton");
    browser.check().screenshot("keys-1440-light-loading");
  }

  @Test
  void brokenKeyFile_isOnTheHealthPage() throws Exception {
    Path file = folder.resolve("apikeys.json");
    String good = Files.readString(file);
    Files.writeString(file, "{\"keys\": [");
    try {
      browser.press("Health").read("needs attention").read("Mend the key file");
      browser.check().screenshot("health-1440-light-degraded");
    } finally {
      Files.writeString(file, good);
    }
    browser.read("All is well.");
  }
}
