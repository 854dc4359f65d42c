package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.ProcFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts the upstream and the gateways, each with as many workers as it takes by itself. */
final class Launcher {
  private static final String KEY_FILE = "apikeys.json";

  private final Lab lab;
  private final Path root;
  private final Peers peers;
  private final String nginxModules;
  private final List<Server> servers = new ArrayList<>();

  /**
   * @param root of the source tree
   */
  Launcher(Lab lab, Path root, Peers peers, String nginxModules) {
    this.lab = lab;
    this.root = root;
    this.peers = peers;
    this.nginxModules = nginxModules;
  }

  Server upstream() throws IOException {
    return nginx("upstream", 0);
  }

  Server gateway(Contender contender, Server upstream) throws IOException {
    return switch (contender) {
      case DIRECT -> upstream;
      case NGINX_MAP, NGINX_LUA, NGINX_LUA_COUNT -> nginx(contender.label(), upstream.port());
      case HAPROXY -> haproxy(upstream.port());
      case SPRING_CLOUD_GATEWAY -> springCloudGateway(upstream.port());
      case PORTKEY -> portkey();
      case PREDECESSOR_LIKE -> predecessor(upstream.port());
      case TALLYGATE_EPOLL -> tallygate(contender, "epoll", upstream.port());
      case TALLYGATE_IO_URING -> tallygate(contender, "io_uring", upstream.port());
    };
  }

  private Server nginx(String name, int upstreamPort) throws IOException {
    int port = freePort();
    Path configuration = configuration(name + ".conf", port, upstreamPort);
    List<String> command =
        List.of(
            "nginx",
            "-e",
            lab.folder().resolve(name + ".log").toString(),
            "-p",
            lab.folder().toString(),
            "-c",
            configuration.toString());
    return start(name, port, command, lab.folder(), Map.of());
  }

  private Server haproxy(int upstreamPort) throws IOException {
    int port = freePort();
    Path configuration = configuration("haproxy.cfg", port, upstreamPort);
    List<String> command = List.of("haproxy", "-db", "-f", configuration.toString());
    return start(Contender.HAPROXY.label(), port, command, lab.folder(), Map.of());
  }

  private Server springCloudGateway(int upstreamPort) throws IOException {
    int port = freePort();
    List<String> command =
        java(
            "-cp",
            "classes:lib/*",
            "bench.GatewayApplication",
            "--server.port=" + port,
            "--bench.upstream=http://127.0.0.1:" + upstreamPort,
            "--bench.keys=" + lab.folder().resolve("keys.txt"));
    return start(
        Contender.SPRING_CLOUD_GATEWAY.label(),
        port,
        command,
        peers.springCloudGateway(),
        Map.of());
  }

  /** Where it has to call is told by its clients, call by call. */
  private Server portkey() throws IOException {
    int port = freePort();
    List<String> command =
        List.of(
            "node",
            "--import",
            peers.portkeyPreload().toString(),
            peers.portkey().toString(),
            "--port=" + port,
            "--headless");
    return start(
        Contender.PORTKEY.label(), port, command, lab.folder(), Map.of("NODE_ENV", "production"));
  }

  /** Its cache has room for more than the keys: unknown ones take places of known ones in it. */
  private Server predecessor(int upstreamPort) throws IOException {
    int port = freePort();
    Contender contender = Contender.PREDECESSOR_LIKE;
    Files.createDirectory(lab.folder().resolve(contender.label()));
    Keys.writeKeyFile(keyFile(contender));
    return start(
        contender.label(),
        port,
        List.of(peers.bun().orElseThrow().toString(), "server.ts"),
        peers.predecessor(),
        Map.of(
            "NODE_ENV",
            "production",
            "CACHE_MAX_SIZE",
            "2000",
            "PORT",
            Integer.toString(port),
            "DATA_FILE",
            keyFile(contender).toString(),
            "ZAI_API_KEY",
            "bench-master-key",
            "UPSTREAM_URL",
            "http://127.0.0.1:" + upstreamPort));
  }

  /** Only what says where it is and what to call differs from its defaults, and the access log. */
  private Server tallygate(Contender contender, String transport, int upstreamPort)
      throws IOException {
    return tallygate(
        contender.label(),
        List.of(root.resolve("tallygate").toString(), "serve"),
        transport,
        upstreamPort);
  }

  /** A gateway over epoll that switches its metrics on and off; {@code ./bench} has compiled it. */
  Server switched(Server upstream) throws IOException {
    String classes =
        root.resolve("target/bench/switched") + ":" + root.resolve("gateway/target/dist/lib/*");
    return tallygate(
        "tallygate-switched",
        java("-cp", classes, "dev.tallygate.app.SwitchedGateway"),
        "epoll",
        upstream.port());
  }

  private Server tallygate(String name, List<String> command, String transport, int upstreamPort)
      throws IOException {
    int port = freePort();
    Path folder = Files.createDirectory(lab.folder().resolve(name));
    Path keyFile = folder.resolve(KEY_FILE);
    Keys.writeKeyFile(keyFile);
    return start(
        name,
        port,
        command,
        folder,
        Map.of(
            "HOST",
            "127.0.0.1",
            "PORT",
            Integer.toString(port),
            "MANAGEMENT_PORT",
            "0",
            "TRANSPORT",
            transport,
            "DATA_FILE",
            keyFile.toString(),
            "ZAI_API_KEY",
            "bench-master-key",
            "OPENAI_UPSTREAM_URL",
            "http://127.0.0.1:" + upstreamPort,
            "ACCESS_LOG",
            "off"));
  }

  /** With the options that Tallygate gives to its JVM. */
  private static List<String> java(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "java",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dio.netty.leakDetection.level=disabled",
                "-Xms64m",
                "-Xmx512m",
                "-XX:+UseParallelGC"));
    command.addAll(List.of(arguments));
    return command;
  }

  Path keyFile(Contender contender) {
    return lab.folder().resolve(contender.label()).resolve(KEY_FILE);
  }

  /** CPU time of all that this run started, what has ended too, and of this program. */
  long cpuMicros() throws IOException {
    long sum = ProcFiles.ownCpuMicros();
    for (Server server : servers) {
      sum += server.cpuMicros();
    }
    return sum;
  }

  private Server start(
      String name, int port, List<String> command, Path directory, Map<String, String> environment)
      throws IOException {
    Path log = lab.folder().resolve(name + ".out");
    Server server = new Server(name, port, lab.start(command, directory, log, environment), log);
    servers.add(server);
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Path configuration(String name, int port, int upstreamPort) throws IOException {
    String text =
        Files.readString(root.resolve("benchmarks/compare").resolve(name))
            .replace("${MODULES}", nginxModules)
            .replace("${DIR}", lab.folder().toString())
            .replace("${PORT}", Integer.toString(port))
            .replace("${UPSTREAM_PORT}", Integer.toString(upstreamPort));
    return Files.writeString(lab.folder().resolve(name), text);
  }
}
