package dev.tallygate.testkit;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code tallygate serve} as a process of its own, which can be killed; keys and ledger are in the
 * folder it is given. Closing kills it and removes what it printed and its temporary files.
 */
public final class GatewayProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern LISTENING =
      Pattern.compile("Tallygate is listening .*port=(\\d+)\\R");

  private static final String LOG = "log";

  private final Process process;
  private final Path own;

  private GatewayProcess(Process process, Path own) {
    this.process = process;
    this.own = own;
  }

  /**
   * Starts one on a free port and does not wait for it.
   *
   * @param scratch where its log and its temporary files go
   */
  public static GatewayProcess start(Path dataFile, Path scratch, URI openAiBase, URI anthropicBase)
      throws IOException {
    return start(dataFile, scratch, openAiBase, anthropicBase, List.of());
  }

  /**
   * The same.
   *
   * @param javaOptions further options for the JVM
   */
  public static GatewayProcess start(
      Path dataFile, Path scratch, URI openAiBase, URI anthropicBase, List<String> javaOptions)
      throws IOException {
    return start(dataFile, scratch, openAiBase, anthropicBase, javaOptions, Map.of());
  }

  /**
   * The same.
   *
   * @param variables further ones, or others, of its environment
   */
  public static GatewayProcess start(
      Path dataFile,
      Path scratch,
      URI openAiBase,
      URI anthropicBase,
      List<String> javaOptions,
      Map<String, String> variables)
      throws IOException {
    Path own = Files.createTempDirectory(scratch, "gateway-");
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(javaOptions);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-Xmx256m",
            "-Djava.io.tmpdir=" + own,
            "-cp",
            System.getProperty("java.class.path"),
            "dev.tallygate.app.Main",
            "serve"));
    ProcessBuilder builder = new ProcessBuilder(command).directory(own.toFile());
    builder.environment().clear();
    builder.environment().put("MANAGEMENT_PORT", "0");
    builder
        .environment()
        .putAll(
            Map.of(
                "HOST",
                "127.0.0.1",
                "PORT",
                "0",
                "ZAI_API_KEY",
                RunningGateway.MASTER_KEY,
                "DATA_FILE",
                dataFile.toString(),
                "OPENAI_UPSTREAM_URL",
                openAiBase.toString(),
                "ANTHROPIC_UPSTREAM_URL",
                anthropicBase.toString(),
                "TRANSPORT",
                System.getProperty("tallygate.test.transport", "auto"),
                "SHUTDOWN_GRACE_MS",
                "1000",
                "ACCESS_LOG",
                "off"));
    builder.environment().putAll(variables);
    builder.redirectErrorStream(true).redirectOutput(own.resolve(LOG).toFile());
    return new GatewayProcess(builder.start(), own);
  }

  /** Waits until it listens; where, without a path. */
  public URI awaitListening() {
    StringBuilder port = new StringBuilder();
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> {
          Matcher line = LISTENING.matcher(output());
          if (line.find()) {
            port.append(line.group(1));
          } else if (!process.isAlive()) {
            throw new AssertionError("the gateway ended instead of listening: " + output());
          }
          return !port.isEmpty();
        });
    return URI.create("http://127.0.0.1:" + port);
  }

  /** All it has printed. */
  public String output() throws IOException {
    return Files.readString(own.resolve(LOG));
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** SIGKILL, and waits until it is dead. */
  public void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM, and waits until it has ended; its exit code. */
  public int terminate() throws InterruptedException {
    beginToTerminate();
    return awaitEnd();
  }

  /** SIGTERM, and waits for nothing. */
  public void beginToTerminate() {
    process.toHandle().destroy();
  }

  /** Waits until it has ended by itself; its exit code. */
  public int awaitEnd() throws InterruptedException {
    if (!process.waitFor(PATIENCE)) {
      throw new AssertionError("process " + process.pid() + " does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    process.toHandle().destroyForcibly();
    process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    // A killed process leaves the libraries behind that it had unpacked, some megabytes.
    List<Path> files;
    try (Stream<Path> all = Files.walk(own)) {
      files = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
