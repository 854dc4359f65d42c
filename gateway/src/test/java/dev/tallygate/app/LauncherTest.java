package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the real launcher on trees whose build is a stub and whose jar names this classpath. */
@Timeout(60)
class LauncherTest {
  private static final String VERSION = "Tallygate \\d+\\.\\d+\\.\\d+.*\\R";

  private static final List<String> TOOLS =
      List.of(
          "sh",
          "dirname",
          "readlink",
          "find",
          "mkdir",
          "touch",
          "tail",
          "ln",
          "cat",
          "mv",
          "rm",
          "cp",
          "sed",
          "sleep");

  /** Counts its runs; fails or waits when a file of that name tells it to. */
  private static final String STUB_BUILD =
      """
      #!/bin/sh
      cd "$(dirname "$0")"
      echo run >>runs
      if [ -e fail ]; then echo "ERROR: A.java does not compile"; exit 3; fi
      tries=0
      while [ -e wait ] && [ "$tries" -lt 300 ]; do tries=$((tries + 1)); sleep 0.1; done
      mkdir -p gateway/target/dist/lib
      cp given.jar gateway/target/dist/lib/tallygate.jar
      touch gateway/target/dist/.complete
      """;

  @TempDir Path temp;
  private Path home;
  private Path elsewhere;
  private Launcher tallygate;

  @BeforeEach
  void makeFolders() throws IOException {
    home = Files.createDirectory(temp.resolve("a folder with spaces"));
    elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
    tallygate = new Launcher(elsewhere);
  }

  @Test
  void installed_startsFromAnywhere_throughLinks() throws Exception {
    install();
    Path link = Files.createSymbolicLink(elsewhere.resolve("first"), home.resolve("bin/tallygate"));
    Files.createSymbolicLink(elsewhere.resolve("second"), link.getFileName());
    Launcher.Ended ended = run(elsewhere.resolve("second"), "--version");
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).matches(VERSION);
    assertThat(ended.code()).isZero();
  }

  @Test
  void exitCodeAndArguments_arePassedOn() throws Exception {
    install();
    Launcher.Ended ended = run(home.resolve("bin/tallygate"), "no such", "command");
    assertThat(ended.code()).isEqualTo(64);
    assertThat(ended.err()).startsWith("tallygate: no such command: no such");
  }

  @Test
  void javaOptions_mayNameAnotherCollector() throws Exception {
    install();
    tallygate.environment.put(
        "TALLYGATE_JAVA_OPTS", "-XX:+UseSerialGC -Xmx64m -XX:+PrintFlagsFinal");
    Launcher.Ended ended = run(home.resolve("bin/tallygate"), "--version");
    assertThat(ended.code()).isZero();
    assertThat(ended.out().replaceAll(" +", " "))
        .contains("UseSerialGC = true", "UseParallelGC = false", "MaxHeapSize = 67108864");
  }

  @Test
  void javaHomeThatIsNoJava25_isNamed() throws Exception {
    install();
    tallygate.environment.put("TALLYGATE_JAVA_HOME", elsewhere.toString());
    Launcher.Ended ended = run(home.resolve("bin/tallygate"), "--version");
    assertThat(ended.code()).isEqualTo(69);
    assertThat(ended.err())
        .isEqualTo("TALLYGATE_JAVA_HOME=" + elsewhere + " is not a Java 25 or later.\n");
  }

  /** The JVM gives up after some collections, which take what the machine has left. */
  @Test
  @Timeout(300)
  void keysThatDoNotFitIntoTheHeap_endIt_afterSayingWhatToDo() throws Exception {
    install();
    Path keys = elsewhere.resolve("apikeys.json");
    Files.writeString(
        keys,
        IntStream.range(0, 200_000)
            .mapToObj(
                "{\"key\":\"pk_%d\",\"token_limit_per_5h\":1,\"expiry_date\":\"2099-01-01T00:00:00Z\"}"
                    ::formatted)
            .collect(Collectors.joining(",\n", "{\"keys\":[", "]}")));
    tallygate.environment.putAll(
        Map.of("PORT", "0", "HOST", "127.0.0.1", "TRANSPORT", "nio", "DATA_FILE", keys.toString()));
    tallygate.environment.put("MANAGEMENT_PORT", "0");
    tallygate.environment.put("TALLYGATE_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -Xms24m -Xmx24m");
    Launcher.Ended ended = run(home.resolve("bin/tallygate"), "serve");
    assertThat(ended.code()).isEqualTo(3);
    assertThat(ended.out() + ended.err())
        .containsSubsequence("TALLYGATE_JAVA_OPTS=-Xmx", "java.lang.OutOfMemoryError");
  }

  @Test
  void serve_endsWith0OnSigterm() throws Exception {
    install();
    tallygate.environment.putAll(Map.of("PORT", "0", "HOST", "127.0.0.1", "TRANSPORT", "nio"));
    tallygate.environment.put("MANAGEMENT_PORT", "0");
    Process process = start(home.resolve("bin/tallygate"), "serve");
    try (BufferedReader out = process.inputReader()) {
      String line = out.readLine();
      while (line != null && !line.contains("Tallygate is listening")) {
        line = out.readLine();
      }
      assertThat(line).contains(" host=127.0.0.1 ", " port=");
      process.toHandle().destroy();
      assertThat(out.lines()).last().asString().contains("Tallygate has stopped");
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void scriptAlone_saysWhatIsMissing() throws Exception {
    Launcher.copy("tallygate", home.resolve("tallygate"));
    Launcher.Ended ended = run(home.resolve("tallygate"), "--version");
    assertThat(ended.code()).isEqualTo(69);
    assertThat(ended.err()).startsWith("Tallygate is not complete");
  }

  @Test
  void sourceTree_isBuiltWhenNothingIsBuiltOrASourceIsNewer() throws Exception {
    sourceTree();
    Launcher.Ended first = run(home.resolve("tallygate"), "--version");
    assertThat(first.err()).isEqualTo("Building Tallygate (about a minute the first time) ...\n");
    assertThat(first.out()).matches(VERSION);
    Launcher.Ended second = run(home.resolve("tallygate"), "--version");
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).isEqualTo(first.out());
    assertThat(runs()).isEqualTo(1);

    Path complete = home.resolve("gateway/target/dist/.complete");
    Files.setLastModifiedTime(complete, FileTime.fromMillis(0));
    assertThat(run(home.resolve("tallygate"), "--version").out()).isEqualTo(first.out());
    assertThat(runs()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tallygate", "bin/with-jdk25"})
  void sourceTree_isBuiltWhenAScriptThatIsInstalledIsNewer(String script) throws Exception {
    sourceTree();
    run(home.resolve("tallygate"), "--version");
    Path complete = home.resolve("gateway/target/dist/.complete");
    Files.setLastModifiedTime(
        home.resolve(script),
        FileTime.from(Files.getLastModifiedTime(complete).toInstant().plusSeconds(1)));
    assertThat(run(home.resolve("tallygate"), "--version").out()).matches(VERSION);
    assertThat(runs()).isEqualTo(2);
  }

  @Test
  void builtTree_hasACompleteFolderThatSkipsTheBuild() throws Exception {
    sourceTree();
    run(home.resolve("tallygate"), "--version");
    Path bin = Files.createDirectories(home.resolve("gateway/target/dist/bin"));
    Launcher.copy("tallygate", bin.resolve("tallygate"));
    Launcher.copy("bin/with-jdk25", bin.resolve("with-jdk25"));
    Files.setLastModifiedTime(bin.resolveSibling(".complete"), FileTime.fromMillis(0));
    Launcher.Ended ended = run(bin.resolve("tallygate"), "--version");
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).matches(VERSION);
    assertThat(runs()).isEqualTo(1);
  }

  @Test
  void failedBuild_showsItsEndAndItsLog_andIsTriedAgain() throws Exception {
    sourceTree();
    Files.createFile(home.resolve("fail"));
    Launcher.Ended ended = run(home.resolve("tallygate"), "--version");
    assertThat(ended.code()).isEqualTo(3);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err().lines())
        .containsExactly(
            "Building Tallygate (about a minute the first time) ...",
            "The build failed:",
            "ERROR: A.java does not compile",
            "All of it: " + home.toRealPath().resolve("target/launcher-build.log"));
    Files.delete(home.resolve("fail"));
    assertThat(run(home.resolve("tallygate"), "--version").out()).matches(VERSION);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoAtOnce_buildOnce(boolean flock) throws Exception {
    sourceTree();
    if (!flock) {
      hideFlock();
    }
    Files.createFile(home.resolve("wait"));
    Process first = start(home.resolve("tallygate"), "--version");
    await().until(() -> Files.exists(home.resolve("runs")));
    Process second = start(home.resolve("tallygate"), "--version");
    try (BufferedReader err = second.errorReader()) {
      assertThat(err.readLine()).isEqualTo("Waiting for another build of Tallygate ...");
      Files.delete(home.resolve("wait"));
      assertThat(first.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(first.exitValue()).isZero();
      assertThat(second.exitValue()).isZero();
      assertThat(runs()).isEqualTo(1);
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
    }
  }

  @Test
  void lockOfAProcessThatIsGone_isTakenOver() throws Exception {
    sourceTree();
    hideFlock();
    Process gone = new ProcessBuilder("sh", "-c", ":").start();
    assertThat(gone.waitFor(20, TimeUnit.SECONDS)).isTrue();
    Path lock = Files.createDirectory(home.resolve("target")).resolve(".launcher-lock.pid");
    Files.writeString(lock, gone.pid() + "\n");
    assertThat(run(home.resolve("tallygate"), "--version").out()).matches(VERSION);
    try (var left = Files.list(home.resolve("target"))) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(".build-began", "launcher-build.log");
    }
  }

  private void install() throws IOException {
    Launcher.install(home);
  }

  private void sourceTree() throws IOException {
    Files.createDirectory(home.resolve("bin"));
    Launcher.copy("tallygate", home.resolve("tallygate"));
    Launcher.copy("bin/with-jdk25", home.resolve("bin/with-jdk25"));
    Path sources = Files.createDirectories(home.resolve("gateway/src/main"));
    Files.createFile(home.resolve("pom.xml"));
    Files.createFile(home.resolve("gateway/pom.xml"));
    Files.createFile(sources.resolve("A.java"));
    Path build = Files.writeString(home.resolve("build"), STUB_BUILD);
    assertThat(build.toFile().setExecutable(true)).isTrue();
    Launcher.writeJar(home.resolve("given.jar"));
  }

  /** Leaves a PATH with every tool that the launcher and the stub use, but for flock. */
  private void hideFlock() throws IOException {
    Path tools = Files.createDirectory(temp.resolve("tools"));
    String path = new ProcessBuilder().environment().getOrDefault("PATH", "/usr/bin:/bin");
    for (String tool : TOOLS) {
      Path found =
          Arrays.stream(path.split(File.pathSeparator, -1))
              .map(folder -> Path.of(folder, tool))
              .filter(Files::isExecutable)
              .findFirst()
              .orElseThrow();
      Files.createSymbolicLink(tools.resolve(tool), found.toAbsolutePath());
    }
    tallygate.environment.put("PATH", tools.toString());
  }

  private long runs() throws IOException {
    return Files.readAllLines(home.resolve("runs")).size();
  }

  private Launcher.Ended run(Path launcher, String... args) throws Exception {
    return tallygate.run(launcher, args);
  }

  private Process start(Path launcher, String... args) throws IOException {
    return tallygate.start(launcher, args);
  }
}
