package dev.tallygate.app;

import dev.tallygate.auth.NewKey;
import dev.tallygate.config.Config;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.demo.SimulatedUpstream;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.FileKeyStore;
import dev.tallygate.store.KeyFileEditor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A gateway on loopback in front of a simulated upstream, with one key of its own, in a folder that
 * is thrown away. Configures the logging of this process.
 */
record LoopbackGateway(Gateway gateway, String secret) implements AutoCloseable {
  /** What the upstream has to accept. */
  static final String MASTER_KEY = "the-account-s-own-key";

  /**
   * Starts it.
   *
   * @param folder must exist, and holds no key file yet
   * @param tokenLimit of the one key
   * @param further settings, which win over those that are made here
   */
  static LoopbackGateway start(
      Path folder, SimulatedUpstream upstream, long tokenLimit, Map<String, String> further)
      throws IOException {
    Path keys = folder.resolve("apikeys.json");
    Map<String, String> variables = new HashMap<>();
    variables.put("HOST", "127.0.0.1");
    variables.put("PORT", "0");
    variables.put("MANAGEMENT_PORT", "0");
    variables.put("ZAI_API_KEY", MASTER_KEY);
    variables.put("DATA_FILE", keys.toString());
    variables.put("OPENAI_UPSTREAM_URL", upstream.openAiBase().toString());
    variables.put("ANTHROPIC_UPSTREAM_URL", upstream.anthropicBase().toString());
    variables.put("SHUTDOWN_GRACE_MS", "1000");
    variables.putAll(further);
    Config config = config(variables, folder);
    Logs.configure(config.logging());
    String secret = GatewaySecret.generate(new SecureRandom());
    try (FileKeyStore store = new FileKeyStore(keys, Ticker.system())) {
      new KeyFileEditor(store, Ticker.system())
          .create(NewKey.of(KeyDigest.of(secret), "Demo", tokenLimit));
    }
    return new LoopbackGateway(Gateway.create(config, Ticker.system()), secret);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + gateway.port());
  }

  @Override
  public void close() {
    gateway.close();
    Logs.flushAndStop();
  }

  /** Removes the folder with what is in it. */
  static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      // A temporary folder that somebody else has removed, or that the system will.
      return;
    }
  }

  private static Config config(Map<String, String> variables, Path folder) {
    return switch (new ConfigLoader(variables, folder).load(Map.of(), List.of())) {
      case ConfigResult.Loaded loaded -> loaded.config();
      case ConfigResult.Refused refused ->
          throw new IllegalStateException("a configuration of our own: " + refused);
    };
  }
}
