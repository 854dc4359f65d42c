package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The usage that OpenAI streams carry only when asked, by the client or by the gateway. */
@Tag("transport")
class StreamUsageChunkTest {
  private static final List<String> EVENTS = Answers.chatEvents(3, 12, 30);

  @TempDir Path folder;
  private GatewayAndUpstream both;
  private RawClient client;

  @BeforeEach
  void start() throws IOException {
    both = GatewayAndUpstream.start(folder);
    both.upstream.always(Answers.chatStream(3, 12, 30));
    client = both.connect();
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    both.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"stream\":true} | {\"include_usage\":true}",
        "{\"stream\":true,\"stream_options\":null} | {\"include_usage\":true}",
        "{\"stream\":true,\"stream_options\":{}} | {\"include_usage\":true}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\":false}} | {\"include_usage\":true}",
        "{\"stream\":true,\"stream_options\":{\"include_obfuscation\":false}} |"
            + " {\"include_usage\":true,\"include_obfuscation\":false}",
      })
  void usageNotAskedFor_isAskedForAndHidden(String body, String options) throws Exception {
    RawResponse response = client.request("POST", CHAT, body, BEARER).readResponse();
    assertThat(both.upstream.onlyRequest().json().path("stream_options").toString())
        .isEqualTo(options);
    List<String> seen = new ArrayList<>(EVENTS);
    seen.remove(EVENTS.size() - 2);
    assertThat(response.text()).isEqualTo(String.join("", seen)).doesNotContain("usage");
    assertThat(response.whole()).isTrue();
    assertThat(tokensUsed()).isEqualTo(42);
  }

  @Test
  void usageAskedFor_isKept() throws Exception {
    String body =
        "{\"model\":\"glm-4.7\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
    RawResponse response = client.request("POST", CHAT, body, BEARER).readResponse();
    assertThat(both.upstream.onlyRequest().text()).isEqualTo(body);
    assertThat(response.text()).isEqualTo(String.join("", EVENTS));
    assertThat(tokensUsed()).isEqualTo(42);
  }

  @Test
  void streamWithALength_losesItWithTheHiddenChunk() throws Exception {
    String stream = String.join("", EVENTS);
    both.upstream.then(Answers.json(200, stream).replace("application/json", "text/event-stream"));
    RawResponse response = client.request("POST", CHAT, "{\"stream\":true}", BEARER).readResponse();
    assertThat(response.head().has("content-length")).isFalse();
    assertThat(response.whole()).isTrue();
    assertThat(response.text()).endsWith("data: [DONE]\n\n").doesNotContain("usage");
  }

  @Test
  void otherFormats_areNotAskedForStreamOptions() throws Exception {
    both.upstream.then(Answers.messageStream(2, 12, 30));
    client.request("POST", MESSAGES, "{\"model\":\"glm-4.7\",\"stream\":true}", BEARER);
    assertThat(client.readResponse().text())
        .isEqualTo(String.join("", Answers.messageEvents(2, 12, 30)));
    assertThat(both.upstream.onlyRequest().text())
        .isEqualTo("{\"model\":\"glm-4.7\",\"stream\":true}");
    assertThat(tokensUsed()).isEqualTo(42);
    client.request("POST", "/v1/responses", "{\"model\":\"glm-4.7\",\"stream\":true}", BEARER);
    assertThat(client.readResponse().status()).isEqualTo(200);
    assertThat(both.upstream.requests().getLast().json().has("stream_options")).isFalse();
  }

  private int tokensUsed() throws Exception {
    return Http.get(both.uri("/stats"), "x-api-key", KEY)
        .json()
        .at("/current_usage/tokens_used_in_current_window")
        .asInt();
  }
}
