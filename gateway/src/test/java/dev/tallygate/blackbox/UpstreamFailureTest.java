package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;
import static dev.tallygate.blackbox.GatewayAndUpstream.OWN_CREDENTIAL;
import static dev.tallygate.blackbox.GatewayAndUpstream.OWN_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import dev.tallygate.testkit.RunningGateway;
import dev.tallygate.testkit.UpstreamConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Upstreams that cannot be reached, do not answer, answer nonsense or refuse. */
@Tag("transport")
class UpstreamFailureTest {
  @TempDir Path folder;

  @Test
  void refusedConnection_is502() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    assertUnreachable(URI.create("http://127.0.0.1:" + port));
  }

  @Test
  void unresolvableName_is502() throws Exception {
    assertUnreachable(URI.create("http://no-such-host.invalid:9"));
  }

  private void assertUnreachable(URI base) throws Exception {
    GatewayAndUpstream.writeKeys(folder);
    try (RunningGateway gateway = RunningGateway.start(folder, base, base, Map.of())) {
      Http.Response openAi = post(gateway, CHAT);
      assertThat(openAi.status()).isEqualTo(502);
      assertThat(openAi.json().at("/error/type").asString()).isEqualTo("upstream_error");
      assertThat(openAi.json().at("/error/code").asString()).isEqualTo("upstream_unreachable");
      Http.Response anthropic = post(gateway, MESSAGES);
      assertThat(anthropic.status()).isEqualTo(502);
      assertThat(anthropic.json().at("/error/type").asString()).isEqualTo("api_error");
      assertThat(anthropic.json().path("request_id").asString())
          .isEqualTo(anthropic.header("x-request-id"));
    }
  }

  /** The kernel drops what comes when an accept queue is full, as a dead host would. */
  @Test
  void connectionThatIsNotAccepted_is504() throws Exception {
    GatewayAndUpstream.writeKeys(folder);
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket first = new Socket(full.getInetAddress(), full.getLocalPort());
        Socket second = new Socket(full.getInetAddress(), full.getLocalPort())) {
      assertThat(first.isConnected() && second.isConnected()).isTrue();
      URI base = URI.create("http://127.0.0.1:" + full.getLocalPort());
      try (RunningGateway gateway =
              RunningGateway.start(
                  folder, base, base, Map.of("UPSTREAM_CONNECT_TIMEOUT_MS", "200"));
          LogCapture log = LogCapture.of("dev.tallygate.proxy")) {
        Http.Response openAi = post(gateway, CHAT);
        assertThat(openAi.status()).isEqualTo(504);
        // Within the time for that it is tried again, as any connection that fails.
        assertThat(log.lines())
            .hasSizeGreaterThan(1)
            .allMatch(line -> line.contains("not reached"));
        assertThat(openAi.json().at("/error/type").asString()).isEqualTo("upstream_timeout");
        Http.Response anthropic = post(gateway, MESSAGES);
        assertThat(anthropic.status()).isEqualTo(504);
        assertThat(anthropic.json().at("/error/type").asString()).isEqualTo("timeout_error");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Half: "
      })
  void answerThatDoesNotBegin_is504(String before) throws Exception {
    try (GatewayAndUpstream both =
        GatewayAndUpstream.start(folder, "UPSTREAM_HEADER_TIMEOUT_MS", "200")) {
      both.upstream.then(connection -> {
        connection.send(before);
        assertThat(connection.awaitClientGone(Duration.ofSeconds(5))).isTrue();
      });
      Http.Response response = post(both.gateway, CHAT);
      assertThat(response.status()).isEqualTo(504);
      assertThat(response.json().at("/error/code").asString()).isEqualTo("upstream_header_timeout");
      both.upstream.awaitOpenConnections(0);
      assertThat(both.upstream.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "\u0000\u0001\u0002\u0003\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nxxxx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
        "HTTP/1.1 200 O",
        "",
      })
  void answerThatIsNotHttp_is502(String garbage) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(connection -> {
        connection.send(garbage);
        connection.close();
      });
      assertBroken(post(both.gateway, CHAT));
      both.upstream.awaitOpenConnections(0);
      assertThat(both.upstream.requests()).hasSize(1);
      assertThat(post(both.gateway, CHAT).status()).isEqualTo(200);
    }
  }

  @Test
  void answerWithAHugeHeader_is502() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(Answers.json(200, "{}", "X-Huge: " + "x".repeat(200_000)));
      assertBroken(post(both.gateway, CHAT));
      both.upstream.then(Answers.json(200, "{}", "X-Large: " + "x".repeat(30_000)));
      assertThat(post(both.gateway, CHAT).status()).isEqualTo(200);
    }
  }

  @Test
  void resetBeforeTheAnswer_is502() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder)) {
      both.upstream.then(UpstreamConnection::closeAbruptly);
      assertBroken(post(both.gateway, CHAT));
      assertThat(both.upstream.requests()).hasSize(1);
    }
  }

  private static void assertBroken(Http.Response response) {
    assertThat(response.status()).isEqualTo(502);
    assertThat(response.json().at("/error/type").asString()).isEqualTo("upstream_error");
    assertThat(response.json().at("/error/message").asString()).contains("Try again");
  }

  @ParameterizedTest
  @CsvSource({"401, false", "403, false", "401, true", "403, true"})
  void credentialTheUpstreamRefuses_isNotTheUsersFault(int status, boolean own) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        Logged logged = Logged.start()) {
      both.upstream.always(
          Answers.json(status, "{\"error\":{\"code\":\"1000\",\"message\":\"bad key\"}}"));
      String key = own ? OWN_KEY : GatewayAndUpstream.KEY;
      Http.Response response = Http.post(both.uri(CHAT), "{}", "x-api-key", key);
      assertThat(response.status()).isEqualTo(502);
      assertThat(response.json().at("/error/code").asString())
          .isEqualTo("upstream_credential_refused");
      assertThat(response.json().at("/error/message").asString())
          .contains(own ? "the gateway key itself is fine" : "your key is fine")
          .doesNotContain("bad key");
      assertThat(Http.post(both.uri(MESSAGES), "{}", "x-api-key", key).status()).isEqualTo(502);
      assertThat(logged.lines(event -> event.getLevel() == Level.ERROR))
          .hasSize(2)
          .allSatisfy(line ->
              assertThat(line)
                  .contains("refuses", "" + status)
                  .doesNotContain(RunningGateway.MASTER_KEY)
                  .doesNotContain(OWN_CREDENTIAL)
                  .doesNotContain(key));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400, '{\"error\":{\"code\":\"1261\",\"message\":\"Prompt too long\"}}'",
    "404, '<html>nothing here</html>'",
    "413, '{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\"}}'",
    "429, '{ \"error\": {\"code\":\"1302\", \"message\":\"Grüße\\u00e9\"} }'",
    "500, ''",
    "503, 'overloaded'",
    "529, '{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}'",
  })
  void errorOfTheUpstream_isPassedOnByteForByte(int status, String body) throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      String answer =
          Answers.json(
              status, body, "Retry-After: 17", "x-should-retry: false", "X-Error-Code: 1302");
      both.upstream.always(answer);
      for (String path : new String[] {CHAT, MESSAGES}) {
        client.request("POST", path, "{\"stream\":true}", BEARER);
        RawResponse response = client.readResponse();
        assertThat(response.status()).isEqualTo(status);
        assertThat(response.text()).isEqualTo(body);
        assertThat(response.header("retry-after")).isEqualTo("17");
        assertThat(response.header("x-should-retry")).isEqualTo("false");
        assertThat(response.header("x-error-code")).isEqualTo("1302");
        assertThat(response.header("x-request-id")).isNotEmpty();
      }
      // An error is no reason to give up a connection.
      assertThat(both.upstream.acceptedConnections()).isEqualTo(2);
    }
  }

  @Test
  void missingMasterKey_is503ButAKeysOwnCredentialWorks() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder, "ZAI_API_KEY", "")) {
      Http.Response response = post(both.gateway, CHAT);
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.json().at("/error/type").asString()).isEqualTo("api_error");
      assertThat(response.json().at("/error/message").asString()).contains("ZAI_API_KEY");
      assertThat(both.upstream.acceptedConnections()).isZero();
      assertThat(Http.post(both.uri(CHAT), "{}", "x-api-key", OWN_KEY).status()).isEqualTo(200);
    }
  }

  private static Http.Response post(RunningGateway gateway, String path) throws Exception {
    return Http.post(gateway.uri(path), "{}", "x-api-key", GatewayAndUpstream.KEY);
  }

  /** What the relay logs meanwhile. */
  private static final class Logged implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.tallygate.proxy");
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    static Logged start() {
      Logged logged = new Logged();
      logged.appender.start();
      logged.logger.addAppender(logged.appender);
      return logged;
    }

    List<String> lines(Predicate<ILoggingEvent> which) {
      return List.copyOf(appender.list).stream()
          .filter(which)
          .map(ILoggingEvent::getFormattedMessage)
          .toList();
    }

    @Override
    public void close() {
      logger.detachAppender(appender);
    }
  }
}
