package dev.tallygate.benchmarks.start;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tallygate.demo.Behaviour;
import dev.tallygate.demo.SimulatedUpstream;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Starts the launcher before a simulated upstream in this process, and calls until it answers. */
final class Starter implements AutoCloseable {
  static final int KEYS = 1_000;

  private static final String MASTER_KEY = "the-account-s-own-key";
  private static final int RETRY_MILLIS = 2;
  private static final int PATIENCE_SECONDS = 30;
  private static final int REST_MILLIS = 2_000;
  private static final String BODY =
      """
      {"model":"glm-4.7","messages":[{"role":"user","content":"Say hello."}]}\
      """;

  private final Path launcher;
  private final SimulatedUpstream upstream;

  Starter(Path launcher) throws IOException {
    this.launcher = launcher;
    this.upstream =
        SimulatedUpstream.start(0, Set.of(MASTER_KEY), Behaviour.PROMPT, Ticker.system());
  }

  /** Writes the key file of a gateway into its folder. */
  static void writeKeys(Path folder) throws IOException {
    String entries =
        IntStream.range(0, KEYS).mapToObj(Starter::entry).collect(Collectors.joining(",\n"));
    Files.writeString(folder.resolve("apikeys.json"), "{\"keys\": [\n" + entries + "\n]}\n");
  }

  private static String entry(int number) {
    return """
    {"key": "%1$s", "id": "%1$s", "name": "User", "model": "glm-4.7",
     "token_limit_per_5h": 1000000000000, "expiry_date": "2099-12-31T23:59:59Z"}\
    """
        .formatted(key(number));
  }

  private static String key(int number) {
    return "pk_start_%05d".formatted(number);
  }

  /**
   * Starts it once, in a folder with a key file, and ends it again.
   *
   * @throws IOException when it ends by itself, or the first answer is no 200
   */
  Start start(Path folder, String javaOptions) throws IOException, InterruptedException {
    int port = freePort();
    ProcessBuilder builder = builder(folder, port);
    builder.environment().put("TALLYGATE_JAVA_OPTS", javaOptions);
    long began = System.nanoTime();
    Process process = builder.start();
    try {
      call(port, process);
      double millis = (System.nanoTime() - began) / 1e6;
      Thread.sleep(REST_MILLIS);
      return new Start(millis, residentMegabytes(process));
    } catch (IOException e) {
      throw new IOException(e.getMessage() + ": " + Files.readString(log(folder)), e);
    } finally {
      process.destroy();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  /** The program sees no variable of ours but those that say where programs and Java are. */
  private ProcessBuilder builder(Path folder, int port) {
    ProcessBuilder builder =
        new ProcessBuilder(launcher.toString(), "serve")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log(folder).toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().retainAll(List.of("PATH", "HOME", "JAVA_HOME", "TALLYGATE_JAVA_HOME"));
    environment.put("HOST", "127.0.0.1");
    environment.put("PORT", Integer.toString(port));
    environment.put("MANAGEMENT_PORT", "0");
    environment.put("ZAI_API_KEY", MASTER_KEY);
    environment.put("DATA_FILE", folder.resolve("apikeys.json").toString());
    environment.put("OPENAI_UPSTREAM_URL", upstream.openAiBase().toString());
    environment.put("ANTHROPIC_UPSTREAM_URL", upstream.anthropicBase().toString());
    return builder;
  }

  private static Path log(Path folder) {
    return folder.resolve("gateway.log");
  }

  /** Connects again and again until somebody listens, and makes a call to its last byte. */
  private static void call(int port, Process process) throws IOException, InterruptedException {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (process.isAlive() && System.nanoTime() < giveUp) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        socket.getOutputStream().write(request().getBytes(UTF_8));
        String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
        if (!answer.startsWith("HTTP/1.1 200 ")) {
          throw new IOException("the first answer was no 200: " + answer);
        }
        return;
      } catch (ConnectException e) {
        Thread.sleep(RETRY_MILLIS);
      }
    }
    throw new IOException("the gateway did not start");
  }

  private static String request() {
    return """
    POST /v1/chat/completions HTTP/1.1
    Host: localhost
    Authorization: Bearer %s
    Content-Type: application/json
    Content-Length: %d
    Connection: close

    """
            .formatted(key(KEYS / 2), BODY.length())
            .replace("\n", "\r\n")
        + BODY;
  }

  private static double residentMegabytes(Process process) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Integer.parseInt(line.replaceAll("\\D", "")) * 1_024 / 1e6)
        .findFirst()
        .orElseThrow(() -> new IOException("the gateway ended by itself"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    upstream.close();
  }
}
