package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SDKs in browsers: preflights, and answers that a script of any origin may read. */
@Tag("transport")
class CrossOriginTest {
  private static final String ORIGIN = "Origin: https://app.example";

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder);
    client = both.connect();
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    both.close();
  }

  @Test
  void preflight_allowsTheHeadersItAsksFor() throws Exception {
    String asked = "authorization,content-type,x-stainless-lang,anthropic-beta";
    client.request(
        "OPTIONS",
        MESSAGES,
        "",
        ORIGIN,
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: " + asked);
    RawResponse response = client.readResponse();
    assertThat(response.status()).isEqualTo(204);
    assertThat(response.header("access-control-allow-origin")).isEqualTo("*");
    assertThat(response.header("access-control-allow-headers")).isEqualTo(asked);
    assertThat(response.header("access-control-allow-methods")).contains("POST", "GET", "DELETE");
    assertThat(response.header("access-control-max-age")).isEqualTo("86400");
    assertThat(response.head().has("access-control-allow-credentials")).isFalse();
    assertThat(response.head().has("x-request-id")).isTrue();
    assertThat(both.upstream.requests()).isEmpty();
    assertThat(client.request("GET", "/health", "").readResponse().status()).isEqualTo(200);
  }

  @Test
  void relayedAnswer_mayBeRead_whateverTheUpstreamSays() throws Exception {
    both.upstream.then(
        Answers.json(
            200,
            "{}",
            "Access-Control-Allow-Origin: https://of-the-upstream.example",
            "Access-Control-Allow-Credentials: true"));
    RawResponse response = client.request("POST", CHAT, "{}", BEARER, ORIGIN).readResponse();
    assertThat(response.head().all("access-control-allow-origin")).containsExactly("*");
    assertThat(response.header("access-control-expose-headers")).isEqualTo("*");
    assertThat(response.head().has("access-control-allow-credentials")).isFalse();
  }

  @Test
  void refusal_mayBeRead() throws Exception {
    RawResponse response = client.request("POST", CHAT, "{}", ORIGIN).readResponse();
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.header("access-control-allow-origin")).isEqualTo("*");
  }

  @Test
  void callWithoutOrigin_getsNoCrossOriginHeaders() throws Exception {
    RawResponse response = client.request("POST", CHAT, "{}", BEARER).readResponse();
    assertThat(response.head().raw()).doesNotContainIgnoringCase("access-control");
  }

  @Test
  void optionsThatIsNoPreflight_isRefused() throws Exception {
    RawResponse response = client.request("OPTIONS", CHAT, "", BEARER).readResponse();
    assertThat(response.status()).isEqualTo(405);
    assertThat(response.header("allow")).contains("POST");
  }
}
