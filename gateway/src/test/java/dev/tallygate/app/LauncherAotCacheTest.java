package dev.tallygate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the real launcher with AOT caches that fit, and with such as do not. */
@Timeout(60)
class LauncherAotCacheTest {
  private static final Path ROOT = Path.of(System.getProperty("tallygate.root", ".."));
  private static final String VERSION = "Tallygate \\d+\\.\\d+\\.\\d+.*\\R";
  private static final String LOG_LOADING = "-Xlog:class+load";
  private static final String FROM_CACHE = "dev.tallygate.app.Main source: shared objects file";

  @TempDir static Path home;
  private static Path jar;
  private static Path cache;
  private static Path pristineCache;
  private static FileTime jarTime;

  private record Ended(int code, String out, String err) {}

  @BeforeAll
  static void install() throws Exception {
    Files.createDirectory(home.resolve("bin"));
    Files.createDirectory(home.resolve("lib"));
    for (String script : List.of("tallygate", "bin/with-jdk25")) {
      Path copy = home.resolve("bin").resolve(Path.of(script).getFileName());
      Files.copy(ROOT.resolve(script), copy);
      assertThat(copy.toFile().setExecutable(true)).isTrue();
    }
    jar = home.resolve("lib/tallygate.jar");
    writeJar(jar);
    jarTime = Files.getLastModifiedTime(jar);
    cache = home.resolve("lib/tallygate.aot");
    pristineCache = home.resolve("pristine.aot");
    // As the build does it, but of a run that is over at once.
    Ended made = run("-XX:AOTCacheOutput=" + pristineCache);
    assertThat(made.code()).isZero();
    assertThat(pristineCache).isNotEmptyFile();
  }

  @BeforeEach
  void restore() throws IOException {
    Files.copy(pristineCache, cache, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(jar, jarTime);
  }

  @Test
  void cacheThatFits_isUsed_withoutAWord() throws Exception {
    assertSilent(run(""));
    assertThat(run(LOG_LOADING).out()).contains(FROM_CACHE);
  }

  @Test
  void cacheOfAnotherJar_isIgnored() throws Exception {
    Files.setLastModifiedTime(jar, FileTime.from(jarTime.toInstant().plusSeconds(60)));
    assertIgnored();
  }

  @Test
  void garbage_isIgnored() throws Exception {
    Files.write(cache, "no cache at all\n".repeat(10_000).getBytes(UTF_8));
    assertIgnored();
  }

  @Test
  void emptyFile_isIgnored() throws Exception {
    Files.write(cache, new byte[0]);
    assertIgnored();
  }

  @Test
  void cacheCutShort_isIgnored() throws Exception {
    byte[] whole = Files.readAllBytes(cache);
    Files.write(cache, Arrays.copyOf(whole, whole.length / 2));
    assertIgnored();
  }

  @Test
  void cacheMissing_startsWithout() throws Exception {
    Files.delete(cache);
    assertIgnored();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:+UseSerialGC",
        "-XX:+UseG1GC",
        "-XX:+UseZGC",
        "-XX:-UseCompressedOops",
        "-Xmx64m",
        "-XX:AOTMode=off"
      })
  void otherOptions_startWithoutAWord(String options) throws Exception {
    assertSilent(run(options));
  }

  private static void assertIgnored() throws Exception {
    assertSilent(run(""));
    assertThat(run(LOG_LOADING).out())
        .contains("dev.tallygate.app.Main source: ")
        .doesNotContain(FROM_CACHE);
  }

  private static void assertSilent(Ended ended) {
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).matches(VERSION);
    assertThat(ended.code()).isZero();
  }

  private static Ended run(String javaOptions) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(home.resolve("bin/tallygate").toString(), "--version");
    builder.environment().keySet().removeIf(name -> name.startsWith("JAVA_TOOL"));
    builder.environment().put("TALLYGATE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("TALLYGATE_JAVA_OPTS", javaOptions);
    Path out = home.resolve("out");
    Path err = home.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try {
      assertThat(process.waitFor(Duration.ofSeconds(50))).isTrue();
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * Our classes, which the JVM caches from a jar only, and the names of the libraries, which are
   * linked to beside it: JDK 25 compares no jars when a manifest names one by an absolute address.
   */
  private static void writeJar(Path jar) throws Exception {
    Path classes = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    StringJoiner libraries = new StringJoiner(" ");
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.endsWith(".jar")) {
        Path library = Path.of(entry).toAbsolutePath();
        Files.createSymbolicLink(jar.resolveSibling(library.getFileName()), library);
        libraries.add(library.getFileName().toString());
      }
    }
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.MAIN_CLASS, "dev.tallygate.app.Main");
    main.put(Attributes.Name.CLASS_PATH, libraries.toString());
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        Stream<Path> files = Files.walk(classes)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(each).toString()));
        Files.copy(each, out);
      }
    }
  }
}
