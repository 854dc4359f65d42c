package dev.tallygate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.Select;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Chromium without a window, driven as a person would: by what is written on things. Waits of ten
 * seconds at most. Not thread-safe.
 */
public final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static final Pattern REFUSED_QUESTION =
      Pattern.compile("/(stats|admin/v1/\\S+) - .*responded with a status of 4");
  private static final String AXE =
      """
      const done = arguments[arguments.length - 1];
      axe.run(document, { resultTypes: ['violations'] }).then(
        ({ violations }) => done(violations.map((v) =>
          `${v.id} (${v.impact}): ${v.help}: ` +
          v.nodes.map((n) => `${n.html}: ${n.failureSummary}`).join(' | '))),
        (error) => done([String(error)]));
      """;

  private final ChromeDriver driver;
  private final Path profile;

  private Browser(ChromeDriver driver, Path profile) {
    this.driver = driver;
    this.profile = profile;
  }

  /** Whether there is one on this machine. */
  static boolean isInstalled() {
    return chromium().isPresent() && onPath("chromedriver").isPresent();
  }

  private static Optional<File> chromium() {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(name -> onPath(name).stream())
        .findFirst();
  }

  private static Optional<File> onPath(String program) {
    return Stream.of(
            Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
        .map(folder -> new File(folder, program))
        .filter(File::canExecute)
        .findFirst();
  }

  /** Starts one with a profile of its own. */
  public static Browser start() throws IOException {
    Path profile = Files.createTempDirectory("chromium-");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium().orElseThrow());
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
        "--user-data-dir=" + profile);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(onPath("chromedriver").orElseThrow())
            .build();
    ChromeDriver driver = new ChromeDriver(service, options);
    driver
        .manage()
        .timeouts()
        .pageLoadTimeout(Duration.ofSeconds(30))
        .scriptTimeout(Duration.ofSeconds(30));
    return new Browser(driver, profile);
  }

  /** How the page is to look from now on: so many pixels, light or dark, nothing that moves. */
  public Browser look(int width, int height, boolean dark) {
    size(width, height);
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    return this;
  }

  private void size(long width, long height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Opens a page. */
  public Browser open(URI uri) {
    driver.get(uri.toString());
    return this;
  }

  /** Loads the page again. */
  public void reload() {
    driver.navigate().refresh();
  }

  /** Where it is. */
  public String address() {
    return Objects.requireNonNull(driver.getCurrentUrl());
  }

  /** Waits until something is there and can be seen. */
  public WebElement see(String css) {
    return found(
        css, () -> all(css).stream().filter(WebElement::isDisplayed).findFirst().orElse(null));
  }

  private WebElement found(String what, Supplier<@Nullable WebElement> look) {
    WebElement found =
        new WebDriverWait(driver, PATIENCE)
            .withMessage(() -> "not to be seen: " + what + " in\n" + text())
            .ignoring(StaleElementReferenceException.class)
            .until(_ -> look.get());
    return Objects.requireNonNull(found);
  }

  /** Waits until a text is to be seen on the page. */
  public Browser read(String text) {
    await(() -> text().contains(text), "to be read: " + text);
    return this;
  }

  /** Waits until a text is nowhere on the page. */
  public Browser readNoMore(String text) {
    await(() -> !text().contains(text), "not to be read: " + text);
    return this;
  }

  /** Waits for anything else. */
  public void await(BooleanSupplier done, String what) {
    new WebDriverWait(driver, PATIENCE)
        .withMessage(() -> "waited for: " + what + ", in\n" + text())
        .ignoring(StaleElementReferenceException.class)
        .until(_ -> done.getAsBoolean());
  }

  /** Everything that is there now. */
  public List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  /** What can be read on the page. */
  public String text() {
    return Objects.toString(js("return document.body.innerText"), "");
  }

  /** Presses the button, link, tab or box that is called so; the one in the open dialog first. */
  public Browser press(String name) {
    WebElement target = named("button, a, [role=tab], label, summary", name);
    target.click();
    return this;
  }

  /** The field with a label. */
  public WebElement field(String label) {
    WebElement found = named("label", label);
    return driver.findElement(By.id(Objects.requireNonNull(found.getDomAttribute("for"))));
  }

  /** Replaces what is in a field. */
  public Browser fill(String label, String text) {
    WebElement field = field(label);
    field.sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.BACK_SPACE);
    field.sendKeys(text);
    return this;
  }

  private WebElement named(String css, String name) {
    return found(
        name,
        () ->
            (WebElement)
                js(
                    """
                    const scope = document.querySelector('dialog[open]') ?? document;
                    const seen = (e) => e.checkVisibility() && !e.disabled;
                    const text = (e) => (e.getAttribute('aria-label') ?? e.textContent)
                      .replace(/\\s+/g, ' ').trim();
                    const all = [...scope.querySelectorAll(arguments[0])].filter(seen);
                    return all.find((e) => text(e) === arguments[1])
                      ?? all.find((e) => [' ', ':'].includes(text(e)[arguments[1].length])
                        && text(e).startsWith(arguments[1]))
                      ?? null;
                    """,
                    css,
                    name));
  }

  /** Types into whatever has the focus. */
  public Browser keys(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
    return this;
  }

  /** The text, or label, of what has the focus. */
  public String focused() {
    return Objects.toString(
        js(
            """
            const e = document.activeElement;
            return (e.getAttribute('aria-label') ?? (e.textContent || e.id)).replace(/\\s+/g, ' ').trim();
            """),
        "");
  }

  /** Runs a script on the page. */
  public @Nullable Object js(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** Takes an entry of a list by its text. */
  public Browser choose(String label, String text) {
    new Select(field(label)).selectByVisibleText(text);
    return this;
  }

  /** As if the session had ended. */
  public void forgetCookies() {
    driver.executeCdpCommand("Network.clearBrowserCookies", Map.of());
  }

  /** Keeps what the whole page looks like, however long it is. */
  public Path screenshotWhole(String name) {
    long width = (Long) Objects.requireNonNull(js("return innerWidth"));
    long height = (Long) Objects.requireNonNull(js("return innerHeight"));
    long whole = (Long) Objects.requireNonNull(js("return document.documentElement.scrollHeight"));
    size(width, Math.max(height, whole));
    try {
      return screenshot(name);
    } finally {
      size(width, height);
    }
  }

  /** Keeps what can be seen of the page as {@code target/screenshots/NAME.png}. */
  public Path screenshot(String name) {
    try {
      Files.createDirectories(SCREENSHOTS);
      Path file = SCREENSHOTS.resolve(name + ".png");
      Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks the page as it is now: nothing that axe finds wrong, nothing wider than the window, no
   * error in the console.
   */
  public Browser check() {
    try (InputStream axe =
        Objects.requireNonNull(Browser.class.getResourceAsStream("/axe.min.js"))) {
      js(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat((List<?>) driver.executeAsyncScript(AXE)).as("axe at %s", address()).isEmpty();
    assertThat(js("return document.documentElement.scrollWidth - innerWidth"))
        .as("pixels beyond the window at %s", address())
        .isEqualTo(0L);
    assertThat(errors()).as("errors in the console").isEmpty();
    return this;
  }

  /**
   * What the console has told since it was last asked: errors, loads that the page's policy
   * refused. Questions that an API refused are no errors, though the console tells of each.
   */
  public List<String> errors() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(LogEntry::getMessage)
        .filter(message -> !REFUSED_QUESTION.matcher(message).find())
        .toList();
  }

  @Override
  public void close() throws IOException {
    driver.quit();
    try (Stream<Path> files = Files.walk(profile)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
