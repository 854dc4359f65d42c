package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An upstream over TLS, its certificate from a private authority. */
@Tag("transport")
class UpstreamTlsTest {
  private static final String PASSWORD = "change-it";
  private static final byte[] ANSWER =
      "{\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3}}".getBytes(StandardCharsets.UTF_8);

  @TempDir static Path certificates;
  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private HttpsServer upstream;

  @BeforeAll
  static void makeCertificates() throws Exception {
    keytool("-genkeypair", "-alias", "ca", "-dname", "CN=Private CA", "-ext", "bc:c");
    keytool("-exportcert", "-alias", "ca", "-rfc", "-file", certificates + "/ca.pem");
    for (String name : List.of("localhost", "elsewhere.example")) {
      keytool("-genkeypair", "-alias", name, "-dname", "CN=" + name);
      keytool("-certreq", "-alias", name, "-file", certificates + "/" + name + ".csr");
      keytool(
          "-gencert",
          "-alias",
          "ca",
          "-ext",
          "san=dns:" + name,
          "-infile",
          certificates + "/" + name + ".csr",
          "-outfile",
          certificates + "/" + name + ".crt");
      keytool("-importcert", "-alias", name, "-file", certificates + "/" + name + ".crt");
    }
  }

  @AfterEach
  void stop() {
    upstream.stop(0);
  }

  @Test
  void call_passesWhenTheAuthorityIsTrusted() throws Exception {
    upstream = start("localhost");
    try (RunningGateway gateway = gateway(certificates + "/ca.pem")) {
      Http.Response first = call(gateway);
      assertThat(first.status()).isEqualTo(200);
      assertThat(first.body()).isEqualTo(new String(ANSWER, StandardCharsets.UTF_8));
      assertThat(call(gateway).status()).isEqualTo(200);
    }
  }

  @Test
  void call_failsWhenTheAuthorityIsNotTrusted() throws Exception {
    upstream = start("localhost");
    try (RunningGateway gateway = gateway("")) {
      Http.Response refused = call(gateway);
      assertThat(refused.status()).isEqualTo(502);
      assertThat(refused.body()).contains("upstream_unreachable").doesNotContain("Exception");
    }
  }

  @Test
  void call_failsWhenTheCertificateIsForAnotherName() throws Exception {
    upstream = start("elsewhere.example");
    try (RunningGateway gateway = gateway(certificates + "/ca.pem")) {
      assertThat(call(gateway).status()).isEqualTo(502);
    }
  }

  private RunningGateway gateway(String caFile) throws IOException {
    GatewayAndUpstream.writeKeys(folder);
    URI base = URI.create("https://localhost:" + upstream.getAddress().getPort() + "/base");
    return RunningGateway.start(folder, base, base, Map.of("UPSTREAM_CA_FILE", caFile));
  }

  private static Http.Response call(RunningGateway gateway) throws Exception {
    return Http.post(
        gateway.uri(CHAT), "{}", "Authorization", BEARER.substring("Authorization: ".length()));
  }

  private static HttpsServer start(String alias) throws Exception {
    KeyStore all = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(certificates.resolve("all.p12"))) {
      all.load(in, PASSWORD.toCharArray());
    }
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    one.setKeyEntry(
        alias,
        all.getKey(alias, PASSWORD.toCharArray()),
        PASSWORD.toCharArray(),
        all.getCertificateChain(alias));
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(one, PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/base/chat/completions",
        exchange -> {
          try (exchange) {
            var _ = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, ANSWER.length);
            exchange.getResponseBody().write(ANSWER);
          }
        });
    server.start();
    return server;
  }

  private static void keytool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-keystore", certificates + "/all.p12", "-storepass", PASSWORD, "-noprompt"));
    if (arguments[0].equals("-genkeypair")) {
      command.addAll(List.of("-keyalg", "EC", "-validity", "30"));
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }
}
