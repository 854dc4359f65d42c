package dev.tallygate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallygate.app.Gateway;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The whole gateway in this process, on loopback and a free port, configured as its users configure
 * it: by variables. Closing it checks that nothing is left behind: no open exchange, no
 * reservation, no request body, no leaked buffer.
 *
 * <p>The transport is the one of the system property {@code tallygate.test.transport}, so that the
 * same tests run over each of them.
 */
public final class RunningGateway implements AutoCloseable {
  /** The credential that the gateway shows its upstreams unless a test says otherwise. */
  public static final String MASTER_KEY = "master-key-of-the-account";

  private final Gateway gateway;

  private RunningGateway(Gateway gateway) {
    this.gateway = gateway;
  }

  /**
   * Starts one in front of an upstream's two bases; keys come from {@code apikeys.json} in the
   * folder.
   */
  public static RunningGateway start(
      Path folder, URI openAiBase, URI anthropicBase, Map<String, String> variables)
      throws IOException {
    return start(folder, openAiBase, anthropicBase, variables, Ticker.system());
  }

  private static RunningGateway start(
      Path folder, URI openAiBase, URI anthropicBase, Map<String, String> variables, Ticker ticker)
      throws IOException {
    LeakWatch.install();
    Map<String, String> environment = new HashMap<>();
    environment.put("HOST", "127.0.0.1");
    environment.put("PORT", "0");
    environment.put("MANAGEMENT_PORT", "0");
    environment.put("ZAI_API_KEY", MASTER_KEY);
    environment.put("DATA_FILE", folder.resolve("apikeys.json").toString());
    environment.put("OPENAI_UPSTREAM_URL", openAiBase.toString());
    environment.put("ANTHROPIC_UPSTREAM_URL", anthropicBase.toString());
    environment.put("TRANSPORT", System.getProperty("tallygate.test.transport", "auto"));
    environment.put("SHUTDOWN_GRACE_MS", "1000");
    environment.put("ACCESS_LOG", "off");
    environment.putAll(variables);
    ConfigResult result = new ConfigLoader(environment, folder).load(Map.of(), List.of());
    assertThat(result).isInstanceOf(ConfigResult.Loaded.class);
    ConfigResult.Loaded loaded = (ConfigResult.Loaded) result;
    return new RunningGateway(Gateway.create(loaded.config(), ticker));
  }

  /** Starts one in front of a fake upstream: {@code /openai} and {@code /anthropic} on its port. */
  public static RunningGateway start(
      Path folder, FakeUpstream upstream, Map<String, String> variables) throws IOException {
    return start(folder, upstream.uri("/openai"), upstream.uri("/anthropic"), variables);
  }

  /** The same by another clock. */
  public static RunningGateway start(
      Path folder, FakeUpstream upstream, Map<String, String> variables, Ticker ticker)
      throws IOException {
    return start(folder, upstream.uri("/openai"), upstream.uri("/anthropic"), variables, ticker);
  }

  /** A URI of the gateway. */
  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + gateway.port() + path);
  }

  /** A URI of its management port. */
  public URI managementUri(String path) {
    return URI.create("http://127.0.0.1:" + gateway.managementPort().orElseThrow() + path);
  }

  /** The gateway itself. */
  public Gateway gateway() {
    return gateway;
  }

  /** Waits until nobody is being served and nothing of a call is held. */
  public void awaitIdle() {
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> {
          assertThat(gateway.openExchanges()).as("open exchanges").isZero();
          assertThat(gateway.openReservations()).as("open reservations").isZero();
          assertThat(gateway.bodyBytes()).as("bytes of request bodies").isZero();
        });
  }

  @Override
  public void close() {
    try {
      awaitIdle();
    } finally {
      gateway.close();
    }
    LeakWatch.check();
  }
}
