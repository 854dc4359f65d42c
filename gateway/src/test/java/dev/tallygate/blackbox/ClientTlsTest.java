package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Certificates;
import dev.tallygate.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that speak TLS, with HTTP/2 or HTTP/1.1. */
@Tag("transport")
class ClientTlsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path folder;

  private Certificates known;
  private Path certificate;
  private Path key;
  private GatewayAndUpstream both;

  @BeforeEach
  @SuppressWarnings("NullAway.Init")
  void start() throws Exception {
    known = Certificates.common();
    certificate = known.writeCertificate(folder.resolve("cert.pem"));
    key = known.writeKey(folder.resolve("key.pem"));
    both =
        GatewayAndUpstream.start(
            folder, "TLS_CERT", certificate.toString(), "TLS_KEY", key.toString());
  }

  @AfterEach
  void stop() throws IOException {
    both.close();
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void call_isAnsweredAsItIsWithoutTls(HttpClient.Version version) throws Exception {
    String answer = Answers.chatCompletionBody(5, 7);
    both.upstream.always(Answers.json(200, answer, "X-Own: of the upstream"));
    try (HttpClient client = client(version)) {
      for (int i = 0; i < 3; i++) {
        HttpResponse<String> response = client.send(chat("{}"), BodyHandlers.ofString());
        assertThat(response.version()).isEqualTo(version);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(answer);
        assertThat(response.headers().firstValue("x-own")).contains("of the upstream");
        assertThat(response.headers().firstValue("x-request-id")).isPresent();
        assertThat(response.headers().firstValue("x-ratelimit-remaining-tokens")).isPresent();
        assertThat(response.headers().firstValue("transfer-encoding")).isEmpty();
      }
    }
    assertThat(both.upstream.requests()).hasSize(3);
    assertThat(both.upstream.requests().getFirst().head().raw()).doesNotContain("x-http2");
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void callWithoutABody_isAnswered(HttpClient.Version version) throws Exception {
    both.upstream.always(Answers.json(200, "{\"data\":[]}"));
    try (HttpClient client = client(version)) {
      HttpRequest models = request(uri("/v1/models")).timeout(SOON).build();
      for (int i = 0; i < 3; i++) {
        HttpResponse<String> response = client.send(models, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"data\":[]}");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void errors_ofTheGateway_areTold(HttpClient.Version version) throws Exception {
    try (HttpClient client = client(version)) {
      HttpRequest unknown =
          HttpRequest.newBuilder(uri(CHAT))
              .header("Authorization", "Bearer pk_nobody")
              .POST(BodyPublishers.ofString("{}"))
              .build();
      HttpResponse<String> refused = client.send(unknown, BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.body()).contains("invalid_api_key");
      HttpRequest nowhere = HttpRequest.newBuilder(uri("/nowhere")).build();
      assertThat(client.send(nowhere, BodyHandlers.ofString()).statusCode()).isEqualTo(404);
      HttpRequest health = HttpRequest.newBuilder(uri("/health")).build();
      assertThat(client.send(health, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 300_000, 3_000_000})
  void bodies_ofAnyLength_passWhole(int length) throws Exception {
    String text = "x".repeat(length);
    both.upstream.always(connection -> {
      assertThat(connection.request().body()).hasSizeGreaterThan(length);
      connection.send(Answers.json(200, "{\"text\":\"" + text + "\"}"));
    });
    try (HttpClient client = client(HttpClient.Version.HTTP_2)) {
      HttpResponse<String> response =
          client.send(chat("{\"text\":\"" + text + "\"}"), BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("{\"text\":\"" + text + "\"}");
    }
  }

  @Test
  void manyCalls_shareAConnection_atTheSameTime() throws Exception {
    int calls = 100;
    both.upstream.always(connection -> {
      connection.stall();
      connection.send(Answers.json(200, Answers.chatCompletionBody(1, 1)));
    });
    try (HttpClient client = client(HttpClient.Version.HTTP_2)) {
      // The first agrees on the protocol, so that the others need no connection of their own.
      assertThat(
              client
                  .send(HttpRequest.newBuilder(uri("/health")).build(), BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(200);
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        answers.add(client.sendAsync(chat("{}"), BodyHandlers.ofString()));
      }
      both.upstream.awaitRequests(calls);
      both.upstream.release();
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void versions_thatAreSafe_areSpoken(String version) throws Exception {
    try (SSLSocket socket = connect(known.trusting())) {
      socket.setEnabledProtocols(new String[] {version});
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
    }
  }

  @Test
  void versions_thatAreOld_areRefused() throws Exception {
    // A TLS 1.1 ClientHello with two cipher suites; the answer is the alert protocol_version.
    String hello =
        "160301002f" + "0100002b" + "0302" + "00".repeat(32) + "00" + "0004" + "c013002f" + "0100";
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), both.gateway.gateway().port())) {
      socket.setSoTimeout((int) SOON.toMillis());
      socket.getOutputStream().write(HexFormat.of().parseHex(hello));
      byte[] alert = socket.getInputStream().readNBytes(7);
      assertThat(alert[0]).as("an alert").isEqualTo((byte) 21);
      assertThat(alert[6]).as("protocol_version").isEqualTo((byte) 70);
    }
  }

  @Test
  void clientWithoutTls_isLetGo() throws Exception {
    try (RawClient client = RawClient.connect(both.gateway.uri("/"))) {
      client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.awaitServerGone(SOON)).isTrue();
    }
  }

  @Test
  void garbageAfterTheHandshake_endsTheConnection_andIsNoFaultOfOurs() throws Exception {
    try (LogCapture log = LogCapture.of("dev.tallygate.server.ClientConnection");
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), both.gateway.gateway().port());
        SSLSocket socket =
            (SSLSocket)
                known.trusting().getSocketFactory().createSocket(plain, "localhost", 1, false)) {
      plain.setSoTimeout((int) SOON.toMillis());
      socket.startHandshake();
      socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
      assertThat(new String(socket.getInputStream().readNBytes(12), US_ASCII))
          .isEqualTo("HTTP/1.1 200");
      plain.getOutputStream().write("this is not TLS".getBytes(US_ASCII));
      assertThat(plain.getInputStream().readAllBytes()).isNotNull();
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void garbageInTheMiddleOfACall_cancelsIt() throws Exception {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    both.upstream.then(connection -> gone.complete(connection.awaitClientGone(SOON)));
    try (Socket plain =
            new Socket(InetAddress.getLoopbackAddress(), both.gateway.gateway().port());
        SSLSocket socket =
            (SSLSocket)
                known.trusting().getSocketFactory().createSocket(plain, "localhost", 1, false)) {
      socket.startHandshake();
      String call =
          "POST "
              + CHAT
              + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
              + KEY
              + "\r\nContent-Length: 2\r\n\r\n{}";
      socket.getOutputStream().write(call.getBytes(US_ASCII));
      both.upstream.awaitRequests(1);
      plain.getOutputStream().write("this is not TLS".getBytes(US_ASCII));
      assertThat(gone.get(10, TimeUnit.SECONDS)).as("upstream call cancelled").isTrue();
    }
  }

  @Test
  void unreadableFiles_areToldOfOnce() throws Exception {
    try (LogCapture log = LogCapture.of("dev.tallygate.server.ServerTls")) {
      Files.delete(key);
      await().atMost(SOON).until(() -> !log.lines().isEmpty());
      // Two more looks, and not another line.
      await().during(Duration.ofMillis(2_500)).atMost(SOON).until(() -> log.lines().size() == 1);
      assertThat(shown(known.trusting())).isEqualTo(known.certificate());
    }
  }

  @Test
  void renewedCertificate_isShownToNewConnections_andOldOnesGoOn() throws Exception {
    Certificates renewed = Certificates.make(folder);
    try (SSLSocket old = connect(known.trusting())) {
      old.startHandshake();
      assertThat(shown(known.trusting())).isEqualTo(known.certificate());
      // One file after the other, as it happens; in between they do not belong together.
      renewed.writeCertificate(certificate);
      renewed.writeKey(key);
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .until(() -> shown(renewed.trusting()).equals(renewed.certificate()));
      old.getOutputStream().write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));
      assertThat(new String(old.getInputStream().readNBytes(12), US_ASCII))
          .isEqualTo("HTTP/1.1 200");
    }
  }

  @Test
  void brokenFiles_changeNothing() throws Exception {
    try (LogCapture log = LogCapture.of("dev.tallygate.server.ServerTls")) {
      Files.writeString(key, "nonsense");
      await()
          .atMost(SOON)
          .until(() -> log.lines().toString().contains("the certificate in use stays"));
      assertThat(shown(known.trusting())).isEqualTo(known.certificate());
      assertThat(log.lines().toString()).contains("TLS_KEY").doesNotContain("nonsense");
    }
  }

  @Test
  void start_isRefused_withoutAKeyThatFits() throws Exception {
    Path other = Certificates.make(folder).writeKey(folder.resolve("other.pem"));
    Path second = Files.createDirectory(folder.resolve("second"));
    assertThatThrownBy(() ->
            GatewayAndUpstream.start(
                second, "TLS_CERT", certificate.toString(), "TLS_KEY", other.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("TLS_KEY")
        .hasMessageContaining("not the key of the certificate");
  }

  private HttpClient client(HttpClient.Version version) throws Exception {
    return HttpClient.newBuilder().version(version).sslContext(known.trusting()).build();
  }

  private static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + KEY);
  }

  private HttpRequest chat(String body) {
    return request(uri(CHAT))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  private URI uri(String path) {
    return URI.create("https://localhost:" + both.gateway.gateway().port() + path);
  }

  private X509Certificate shown(SSLContext trusting) throws IOException {
    try (SSLSocket socket = connect(trusting)) {
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private SSLSocket connect(SSLContext trusting) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            trusting
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), both.gateway.gateway().port());
    socket.setSoTimeout((int) SOON.toMillis());
    return socket;
  }
}
