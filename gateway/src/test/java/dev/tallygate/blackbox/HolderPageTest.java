package dev.tallygate.blackbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Headers;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The holder's page as HTTP: who gets it, with which headers, and that API clients do not. */
class HolderPageTest {
  private static final String BROWSER =
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
  private static final Pattern LOADED = Pattern.compile("(?:src|href)=\"([^\"#]+)\"");
  private static final Pattern IMPORTED = Pattern.compile("from '\\./([^']+)'");

  @TempDir static Path folder;
  private static FakeUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345"));
    upstream = FakeUpstream.start();
    gateway = RunningGateway.start(folder, upstream, Map.of());
  }

  @AfterAll
  static void stop() throws IOException {
    gateway.close();
    upstream.close();
  }

  private static Http.Response page() throws Exception {
    return Http.get(gateway.uri("/"), "Accept", BROWSER);
  }

  @Test
  void browsers_getThePage_lockedDown() throws Exception {
    Http.Response page = page();
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.header("content-type")).isEqualTo("text/html; charset=utf-8");
    assertThat(page.header("x-content-type-options")).isEqualTo("nosniff");
    assertThat(page.header("referrer-policy")).isEqualTo("no-referrer");
    assertThat(page.header("vary")).isEqualTo("accept");
    assertThat(page.header("content-security-policy"))
        .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
        .contains("frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'")
        .doesNotContain("unsafe", "http", "*");
    assertThat(page.body()).doesNotContain("<style", "style=", "onclick", "http:", "https:", "//");
  }

  @Test
  void everyFileOfThePage_isServedAsWhatItIs() throws Exception {
    List<String> files =
        LOADED.matcher(page().body()).results().map(found -> found.group(1)).toList();
    assertThat(files).contains("ui/app.js", "ui/base.css", "ui/preact.js");
    for (String file : files) {
      Http.Response answer = Http.get(gateway.uri("/" + file));
      assertThat(answer.status()).as(file).isEqualTo(200);
      assertThat(answer.header("content-type"))
          .as(file)
          .isEqualTo(
              file.endsWith(".js")
                  ? "text/javascript; charset=utf-8"
                  : file.endsWith(".css") ? "text/css; charset=utf-8" : "image/svg+xml");
      assertThat(answer.header("x-content-type-options")).as(file).isEqualTo("nosniff");
      for (var found : IMPORTED.matcher(answer.body()).results().toList()) {
        assertThat(Http.get(gateway.uri("/ui/" + found.group(1))).status())
            .as("%s imports %s", file, found.group(1))
            .isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"*/*", "application/json", "application/json, text/plain, */*", "text/html;q=0"})
  void apiClients_getWhatTheyAlwaysGot(String accept) throws Exception {
    Http.Response answer = Http.get(gateway.uri("/"), "Accept", accept);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.headers().map()).doesNotContainKeys("vary", "etag", "cache-control");
    assertThat(answer.body()).isEqualTo(Http.get(gateway.uri("/")).body());
  }

  @Test
  void head_ofAnAgent_isAsBefore() throws Exception {
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      client.request("HEAD", "/", "");
      Headers answer = client.readHead();
      assertThat(answer.startLine()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(answer.fields().stream().map(Map.Entry::getKey))
          .containsExactly("content-type", "content-length", "x-request-id");
    }
  }

  @Test
  void head_ofABrowser_isThePagesWithoutIt() throws Exception {
    Http.Response answer = Http.call("HEAD", gateway.uri("/"), "Accept", BROWSER);
    assertThat(answer.header("content-type")).isEqualTo("text/html; charset=utf-8");
    assertThat(answer.header("content-length"))
        .isEqualTo(Integer.toString(page().body().getBytes(UTF_8).length));
    assertThat(answer.body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/ui/app.js"})
  void whatABrowserHas_isNotSentAgain(String path) throws Exception {
    String etag = Http.get(gateway.uri(path), "Accept", BROWSER).header("etag");
    assertThat(etag).matches("\"[0-9a-f]{16}\"");
    Http.Response again =
        Http.get(gateway.uri(path), "Accept", BROWSER, "If-None-Match", "\"x\", W/" + etag);
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(again.header("etag")).isEqualTo(etag);
    assertThat(Http.get(gateway.uri(path), "Accept", BROWSER, "If-None-Match", "\"old\"").status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ui/",
        "/ui",
        "/ui/nothing.js",
        "/ui/../ui/app.js",
        "/ui/%61pp.js",
        "/index.html"
      })
  void otherPaths_areNotServed(String path) throws Exception {
    Http.Response answer = Http.get(gateway.uri(path), "Accept", BROWSER);
    assertThat(answer.status()).isIn(400, 404);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
  }

  @Test
  void files_areReadOnly() throws Exception {
    Http.Response answer = Http.post(gateway.uri("/ui/app.js"), "{}");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo("GET, HEAD");
  }
}
