package dev.tallygate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/** The real launcher, in trees whose jar names the classpath of this test. */
final class Launcher {
  static final Path ROOT = Path.of(System.getProperty("tallygate.root", ".."));

  private final Path directory;

  /** What a run finds besides this process's own environment. */
  final Map<String, String> environment = new HashMap<>();

  /**
   * Runs on the Java of this test.
   *
   * @param directory the folder it is started in
   */
  Launcher(Path directory) {
    this.directory = directory;
    environment.put("TALLYGATE_JAVA_HOME", System.getProperty("java.home"));
    environment.put("TALLYGATE_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
  }

  /** What it said, and its exit code. */
  record Ended(int code, String out, String err) {}

  /** Installs Tallygate in an empty folder; returns the launcher in it. */
  static Path install(Path home) throws IOException {
    Files.createDirectory(home.resolve("bin"));
    Files.createDirectory(home.resolve("lib"));
    copy("tallygate", home.resolve("bin/tallygate"));
    copy("bin/with-jdk25", home.resolve("bin/with-jdk25"));
    writeJar(home.resolve("lib/tallygate.jar"));
    return home.resolve("bin/tallygate");
  }

  /** Copies a script of the repository. */
  static void copy(String from, Path to) throws IOException {
    Files.copy(ROOT.resolve(from), to);
    assertThat(to.toFile().setExecutable(true)).isTrue();
  }

  /** A jar with nothing but a manifest that names this test's classpath. */
  static void writeJar(Path jar) throws IOException {
    String[] classpath = System.getProperty("java.class.path").split(File.pathSeparator, -1);
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.MAIN_CLASS, "dev.tallygate.app.Main");
    main.put(
        Attributes.Name.CLASS_PATH,
        Arrays.stream(classpath)
            .map(entry -> Path.of(entry).toUri().toString())
            .collect(Collectors.joining(" ")));
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
  }

  /** Runs a launcher to its end. */
  Ended run(Path launcher, String... args) throws Exception {
    Process process = start(launcher, args);
    try {
      process.getOutputStream().close();
      // the launcher's few lines fit into the pipe, so the two are read one after the other
      String out = new String(process.getInputStream().readAllBytes(), UTF_8);
      String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor(Duration.ofSeconds(20))).isTrue();
      return new Ended(process.exitValue(), out, err);
    } finally {
      process.destroyForcibly();
    }
  }

  Process start(Path launcher, String... args) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(launcher.toString());
    builder.command().addAll(List.of(args));
    builder.directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL"));
    builder.environment().putAll(environment);
    return builder.start();
  }
}
