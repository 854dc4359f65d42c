package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard as files: each is there, locked down, and cached only as long as it is current. */
class DashboardFilesTest {
  private static final Pattern LOADED =
      Pattern.compile("(?:src|href)=\"(assets/[^\"]+)\"|from '\\./([^']+)'");

  @TempDir static Path folder;
  private static FakeUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345"));
    upstream = FakeUpstream.start();
    gateway =
        RunningGateway.start(folder, upstream, Map.of("ADMIN_TOKEN", "an-admin-token-of-tests"));
  }

  @AfterAll
  static void stop() throws IOException {
    gateway.close();
    upstream.close();
  }

  private static URI at(String path) {
    return gateway.managementUri(path);
  }

  @Test
  void everyFileThatIsLoaded_isThere() throws Exception {
    Set<String> seen = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(Set.of("/"));
    while (!open.isEmpty()) {
      String path = open.pop();
      Http.Response file = Http.get(at(path));
      assertThat(file.status()).as(path).isEqualTo(200);
      assertThat(file.header("content-security-policy"))
          .as(path)
          .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
          .doesNotContain("unsafe", "http", "*");
      assertThat(file.header("x-content-type-options")).as(path).isEqualTo("nosniff");
      assertThat(file.header("content-type")).as(path).isEqualTo(type(path));
      for (var found : LOADED.matcher(file.body()).results().toList()) {
        String next = "/" + (found.group(1) == null ? "assets/" + found.group(2) : found.group(1));
        if (seen.add(next)) {
          open.push(next);
        }
      }
    }
    assertThat(seen).hasSizeGreaterThan(20).contains("/assets/uplot.js", "/assets/keyform.js");
  }

  private static String type(String path) {
    return switch (path.substring(path.lastIndexOf('.') + 1)) {
      case "js" -> "text/javascript; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> "text/html; charset=utf-8";
    };
  }

  @Test
  void page_holdsNoScriptOrStyleOfItsOwn() throws Exception {
    assertThat(Http.get(at("/")).body())
        .doesNotContain("<style", "style=", "onclick", "http:", "https:", "//");
  }

  @Test
  void fileThatABrowserHas_isNotSentAgain() throws Exception {
    String etag = Http.get(at("/assets/app.js")).header("etag");
    Http.Response again = Http.get(at("/assets/app.js"), "If-None-Match", etag);
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(again.header("cache-control")).isEqualTo("no-cache");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/assets/", "/assets/../app.js", "/assets/%2e%2e/app.js", "/assets/nothing.js"})
  void otherPaths_areNotServed(String path) throws Exception {
    assertThat(Http.get(at(path)).status()).isIn(400, 404);
  }
}
