package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which model a call is made with, seen from the upstream. */
class ModelChoiceTest {
  @TempDir static Path folder;
  private static FakeUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    KeyFiles.in(folder)
        .write(
            KeyFiles.key("pk_own_00001").model("glm-4.6"),
            KeyFiles.key("pk_star_0001").model("*"),
            KeyFiles.key("pk_list_0001").models("glm-4.5-air", "glm-4.7"),
            KeyFiles.key("pk_both_0001").model("glm-4.6").models("glm-4.5-air"),
            KeyFiles.key("pk_plain_001"));
    upstream = FakeUpstream.start().always(Answers.chatCompletion(1, 1));
    gateway = RunningGateway.start(folder, upstream, Map.of("DEFAULT_MODEL", "glm-default"));
  }

  @AfterAll
  static void stop() throws IOException {
    gateway.close();
    upstream.close();
  }

  @ParameterizedTest
  @CsvSource({
    "pk_own_00001, asked-for, glm-4.6",
    "pk_own_00001, , glm-4.6",
    "pk_star_0001, asked-for, asked-for",
    "pk_list_0001, , glm-4.5-air",
    "pk_list_0001, glm-4.7, glm-4.7",
    "pk_both_0001, asked-for, glm-4.6",
    "pk_plain_001, asked-for, glm-default",
    "pk_plain_001, , glm-default"
  })
  void model_isChosenByTheHierarchy(String key, String asked, String chosen) throws Exception {
    String body = asked == null ? "{\"n\": 1}" : "{\"n\": 1, \"model\" : \"" + asked + "\"}";
    for (String path :
        new String[] {
          KeyCalls.CHAT,
          "/v1/completions",
          "/v1/responses",
          KeyCalls.MESSAGES,
          "/v1/messages/count_tokens"
        }) {
      Http.Response answer = Http.post(gateway.uri(path), body, "x-api-key", key);
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      String sent = upstream.requests().getLast().text();
      assertThat(sent)
          .as(path)
          .isEqualTo(
              asked == null
                  ? "{\"model\":\"" + chosen + "\",\"n\": 1}"
                  : "{\"n\": 1, \"model\" : \"" + chosen + "\"}");
    }
  }

  @Test
  void modelNotOnTheList_isRefusedBeforeTheUpstream() throws Exception {
    int before = upstream.requests().size();
    Http.Response answer =
        Http.post(gateway.uri(KeyCalls.CHAT), "{\"model\":\"glm-5\"}", "x-api-key", "pk_list_0001");
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.json().at("/error/message").asString()).contains("glm-4.5-air, glm-4.7");
    assertThat(upstream.requests()).hasSize(before);
  }

  /** Upstreams in Go would take either name for the model. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pk_own_00001 | /v1/chat/completions | {\"model\":\"glm-4.6\",\"Model\":\"glm-5\"}",
        "pk_own_00001 | /v1/messages         | {\"MODEL\":\"glm-5\"}",
        "pk_list_0001 | /v1/responses        | {\"mode\\u004c\":\"glm-5\",\"model\":\"glm-4.7\"}",
        "pk_list_0001 | /v1/embeddings       | {\"model\":\"glm-4.7\",\"Model\":\"glm-5\"}",
      })
  void noSpellingOfTheMember_getsPastTheModel(String key, String path, String body)
      throws Exception {
    int before = upstream.requests().size();
    Http.Response answer = Http.post(gateway.uri(path), body, "x-api-key", key);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().at("/error/message").asString()).contains("upper and lower case");
    assertThat(upstream.requests()).hasSize(before);
  }

  @Test
  void elsewhere_onlyTheListIsChecked() throws Exception {
    String body = "{\"model\": \"text-embedding-3\", \"input\": \"x\"}";
    Http.Response free =
        Http.post(gateway.uri("/v1/embeddings"), body, "x-api-key", "pk_own_00001");
    assertThat(free.status()).isEqualTo(200);
    assertThat(upstream.requests().getLast().text()).isEqualTo(body);
    Http.Response listed =
        Http.post(gateway.uri("/v1/embeddings"), body, "x-api-key", "pk_list_0001");
    assertThat(listed.status()).isEqualTo(403);
    assertThat(listed.json().at("/error/code").asString()).isEqualTo("model_not_allowed");
    String allowed = "{\"model\": \"glm-4.7\", \"input\": \"x\"}";
    assertThat(
            Http.post(gateway.uri("/v1/embeddings"), allowed, "x-api-key", "pk_list_0001").status())
        .isEqualTo(200);
  }

  @Test
  void formUpload_isRefusedOnlyForAKeyWithAList() throws Exception {
    String form = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nglm-5\r\n--b--\r\n";
    String type = "Content-Type: multipart/form-data; boundary=b";
    String path = "/v1/audio/transcriptions";
    RawResponse refused = send(path, form, type, "x-api-key: pk_list_0001");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.text()).contains("model_not_allowed", "Send JSON");
    RawResponse free = send(path, form, type, "x-api-key: pk_own_00001");
    assertThat(free.status()).isEqualTo(200);
    assertThat(upstream.requests().getLast().text()).isEqualTo(form);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/chat//completions",
        "/v1/chat/completions/",
        "/v1/chat%2Fcompletions",
        "/v1/Chat/Completions",
        "/v1/chat;a=b/completions"
      })
  void noSpellingOfThePath_getsPastTheModel(String target) throws Exception {
    RawResponse answer = send(target, "{\"model\":\"glm-5\"}", "x-api-key: pk_own_00001");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(upstream.requests().getLast().text()).isEqualTo("{\"model\":\"glm-4.6\"}");
  }

  private static RawResponse send(String target, String body, String... fields) throws IOException {
    try (RawClient client = RawClient.connect(gateway.uri("/"))) {
      return client.request("POST", target, body, fields).readResponse();
    }
  }
}
