package dev.tallygate.route;

import static dev.tallygate.model.ApiFormat.ANTHROPIC;
import static dev.tallygate.model.ApiFormat.OPENAI;
import static dev.tallygate.route.BodyUse.MODEL_AND_STREAM_OPTIONS_SPLICED;
import static dev.tallygate.route.BodyUse.MODEL_SPLICED;
import static dev.tallygate.route.BodyUse.OTHER;
import static dev.tallygate.route.TokenUse.INPUT;
import static dev.tallygate.route.TokenUse.MAX_COMPLETION_TOKENS;
import static dev.tallygate.route.TokenUse.MAX_OUTPUT_TOKENS;
import static dev.tallygate.route.TokenUse.MAX_TOKENS;
import static dev.tallygate.route.TokenUse.NONE;
import static dev.tallygate.route.TokenUse.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.route.Route.NoRoute;
import dev.tallygate.route.Route.NoRoute.Reason;
import dev.tallygate.route.Route.Routed;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
  private final Router router = new Router();

  @Test
  void messages_goToAnthropicWithPathKept() {
    assertThat(router.route("POST", "/v1/messages"))
        .isEqualTo(
            new Routed(RouteName.MESSAGES, ANTHROPIC, "/v1/messages", MODEL_SPLICED, MAX_TOKENS));
    assertThat(router.route("POST", "/v1/messages?beta=true"))
        .isEqualTo(
            new Routed(
                RouteName.MESSAGES,
                ANTHROPIC,
                "/v1/messages?beta=true",
                MODEL_SPLICED,
                MAX_TOKENS));
    assertThat(router.route("POST", "/v1/messages/count_tokens?beta=true"))
        .isEqualTo(
            new Routed(
                RouteName.COUNT_TOKENS,
                ANTHROPIC,
                "/v1/messages/count_tokens?beta=true",
                MODEL_SPLICED,
                NONE));
    assertThat(router.route("GET", "/v1/messages/batches/b_1/results"))
        .isEqualTo(
            new Routed(
                RouteName.OTHER_API, ANTHROPIC, "/v1/messages/batches/b_1/results", OTHER, NONE));
  }

  @Test
  void otherPaths_goToOpenAiWithoutTheirVersion() {
    assertThat(router.route("POST", "/v1/chat/completions"))
        .isEqualTo(
            new Routed(
                RouteName.CHAT_COMPLETIONS,
                OPENAI,
                "/chat/completions",
                MODEL_AND_STREAM_OPTIONS_SPLICED,
                MAX_COMPLETION_TOKENS));
    assertThat(router.route("POST", "/v1/completions"))
        .isEqualTo(
            new Routed(
                RouteName.COMPLETIONS,
                OPENAI,
                "/completions",
                MODEL_AND_STREAM_OPTIONS_SPLICED,
                MAX_TOKENS));
    assertThat(router.route("POST", "/v1/responses"))
        .isEqualTo(
            new Routed(
                RouteName.RESPONSES, OPENAI, "/responses", MODEL_SPLICED, MAX_OUTPUT_TOKENS));
    assertThat(router.route("GET", "/v1/models?limit=5"))
        .isEqualTo(new Routed(RouteName.MODELS, OPENAI, "/models?limit=5", OTHER, NONE));
    assertThat(router.route("POST", "/v1/embeddings"))
        .isEqualTo(new Routed(RouteName.EMBEDDINGS, OPENAI, "/embeddings", OTHER, INPUT));
    assertThat(router.route("POST", "/v1/messagesque"))
        .isEqualTo(new Routed(RouteName.OTHER_API, OPENAI, "/messagesque", OTHER, UNKNOWN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/files/a%20b%2Fc?x=%2e%2e/..&y=a+b",
        "/v1/files/..a/b../...",
        "/v1/files/%252e%252e/x",
        "/v1/files/a%zz%2",
        "/v1/files//a/",
        "/v1/models?",
        "/v1/files/Ünïcode"
      })
  void targets_areForwardedByteForByte(String target) {
    assertThat(router.route("GET", target))
        .isEqualTo(
            new Routed(
                target.contains("models") ? RouteName.MODELS : RouteName.FILES,
                OPENAI,
                target.substring(3),
                OTHER,
                NONE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/../admin",
        "/v1/..",
        "/v1/.",
        "/v1/./models",
        "/v1/a/%2e%2E/b",
        "/v1/a/.%2e/b",
        "/v1/a%2f..%2Fb",
        "/v1/a%5c..%5Cb",
        "/v1/a\\..\\b",
        "/v1/a\\%2e",
        "/../v1/models",
        "/v1/messages/..?beta=true",
        "/v1/a/..;x=1/b",
        "/v1/a/.;/b",
        "/v1/a/%2e.%3b/b",
        "/v1/a\tb",
        "/v1/models?a\rb"
      })
  void dotSegmentsAndControlCharacters_areRefused(String target) {
    assertThat(router.route("GET", target)).isEqualTo(new NoRoute(Reason.BAD_PATH, List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "",
        "*",
        "/v1",
        "/v1/",
        "/v1//",
        "/v1?x=/v1/models",
        "/v1/?x",
        "/v10/models",
        "/V1/models",
        "//v1/models",
        "/%761/models",
        "/v1%2fmodels",
        "/v2/models",
        "v1/models"
      })
  void whatIsNotBelowV1_isNotFound(String target) {
    assertThat(router.route("GET", target)).isEqualTo(new NoRoute(Reason.NOT_FOUND, List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/%63hat/completions",
        "/v1/chat%2Fcompletions",
        "/v1/chat\\completions",
        "/v1//chat//completions/",
        "/v1/Chat/COMPLETIONS",
        "/v1/chat/completions;a=b"
      })
  void noSpelling_escapesTheModelChoice(String target) {
    assertThat(router.route("POST", target))
        .isEqualTo(
            new Routed(
                RouteName.CHAT_COMPLETIONS,
                OPENAI,
                target.substring(3),
                MODEL_AND_STREAM_OPTIONS_SPLICED,
                MAX_COMPLETION_TOKENS));
  }

  @Test
  void encodedMessages_goToAnthropicAsWritten() {
    assertThat(router.route("POST", "/v1/%6dessages"))
        .isEqualTo(
            new Routed(RouteName.MESSAGES, ANTHROPIC, "/v1/%6dessages", MODEL_SPLICED, MAX_TOKENS));
  }

  @Test
  void absoluteForm_isReadForItsPath() {
    assertThat(router.route("POST", "http://gateway:3000/v1/messages?beta=true"))
        .isEqualTo(
            new Routed(
                RouteName.MESSAGES,
                ANTHROPIC,
                "/v1/messages?beta=true",
                MODEL_SPLICED,
                MAX_TOKENS));
    assertThat(router.route("GET", "HTTPS://gateway/v1/models"))
        .isEqualTo(new Routed(RouteName.MODELS, OPENAI, "/models", OTHER, NONE));
    assertThat(router.route("GET", "http://gateway?a=/v1/models"))
        .isEqualTo(new NoRoute(Reason.NOT_FOUND, List.of()));
    assertThat(router.route("GET", "http://gateway/v1/../x"))
        .isEqualTo(new NoRoute(Reason.BAD_PATH, List.of()));
  }

  @Test
  void splicedEndpoints_takePost() {
    for (String path : List.of("completions", "responses", "messages", "messages/count_tokens")) {
      for (String method : List.of("GET", "PUT", "DELETE", "HEAD", "post")) {
        assertThat(router.route(method, "/v1/" + path))
            .isEqualTo(new NoRoute(Reason.METHOD_NOT_ALLOWED, List.of("POST")));
      }
    }
    assertThat(router.route("DELETE", "/v1/chat/completions"))
        .isEqualTo(new NoRoute(Reason.METHOD_NOT_ALLOWED, List.of("POST", "GET", "HEAD")));
  }

  private static TokenUse sending(String method) {
    return List.of("POST", "PUT", "PATCH").contains(method) ? UNKNOWN : NONE;
  }

  @Test
  void storedObjects_areReadAndDeletedUntouched() {
    assertThat(router.route("GET", "/v1/chat/completions?limit=2"))
        .isEqualTo(
            new Routed(
                RouteName.CHAT_COMPLETIONS, OPENAI, "/chat/completions?limit=2", OTHER, NONE));
    for (String method : List.of("GET", "POST", "DELETE")) {
      assertThat(router.route(method, "/v1/chat/completions/c_1"))
          .isEqualTo(
              new Routed(
                  RouteName.OTHER_API, OPENAI, "/chat/completions/c_1", OTHER, sending(method)));
      assertThat(router.route(method, "/v1/responses/r_1"))
          .isEqualTo(
              new Routed(RouteName.OTHER_API, OPENAI, "/responses/r_1", OTHER, sending(method)));
    }
  }

  @Test
  void otherPaths_takeTheCommonMethods() {
    for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")) {
      assertThat(router.route(method, "/v1/things"))
          .isEqualTo(new Routed(RouteName.OTHER_API, OPENAI, "/things", OTHER, sending(method)));
    }
    for (String method : List.of("CONNECT", "TRACE", "OPTIONS", "BREW")) {
      assertThat(router.route(method, "/v1/files"))
          .isEqualTo(
              new NoRoute(
                  Reason.METHOD_NOT_ALLOWED,
                  List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/files",
        "/v1/uploads/u_1/parts",
        "/v1/responses/r_1/cancel",
        "/v1/responses/input_tokens",
        "/v1/moderations"
      })
  void whatIsOnlyKeptOrEnded_usesNoTokens(String target) {
    assertThat(router.route("POST", target))
        .isEqualTo(
            new Routed(
                target.endsWith("/files") ? RouteName.FILES : RouteName.OTHER_API,
                OPENAI,
                target.substring(3),
                OTHER,
                NONE));
  }

  @Test
  void answersThatComeAnotherWay_areNotBegun_butCanBeLookedAt() {
    for (String path : List.of("batches", "messages/batches", "async/chat/completions")) {
      assertThat(router.route("POST", "/v1/" + path))
          .isEqualTo(new NoRoute(Reason.ASYNCHRONOUS, List.of()));
      assertThat(router.route("GET", "/v1/" + path)).isInstanceOf(Routed.class);
    }
  }
}
