package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.app.CommandLineUnderTest.Said;
import dev.tallygate.model.Ticker;
import dev.tallygate.store.KeyUsage;
import dev.tallygate.store.ledger.SqliteLedger;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class DoctorTest {
  private static final String KEYS =
      """
      {"keys":[{"key_hash":"sha256:%s","token_limit_per_5h":1,"expiry_date":"2099-01-01T00:00:00Z"}]}
      """
          .formatted("ab".repeat(32));

  @TempDir Path folder;
  private CommandLineUnderTest tallygate;
  private FakeUpstream upstream;
  private Path data;

  @BeforeEach
  void setUp() throws IOException {
    upstream = FakeUpstream.start();
    upstream.always(dated(0));
    data = Files.createDirectory(folder.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-x---"));
    tallygate = new CommandLineUnderTest(folder);
    tallygate.environment.put("ZAI_API_KEY", "master-secret");
    tallygate.environment.put("ADMIN_TOKEN", "a-token-of-some-length");
    tallygate.environment.put("HOST", "127.0.0.1");
    tallygate.environment.put("PORT", "0");
    tallygate.environment.put("MANAGEMENT_PORT", "0");
    tallygate.environment.put("TRANSPORT", "nio");
    tallygate.environment.put("OPENAI_UPSTREAM_URL", upstream.uri("/openai").toString());
    tallygate.environment.put("ANTHROPIC_UPSTREAM_URL", upstream.uri("/anthropic").toString());
  }

  @AfterEach
  void tearDown() throws Exception {
    upstream.close();
  }

  private static String dated(long ahead) {
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            Ticker.system().now().plus(ahead, ChronoUnit.SECONDS).atOffset(ZoneOffset.UTC));
    return Answers.json(401, "{}", "Date: " + date);
  }

  private Path keys(String text) throws IOException {
    Path file = Files.writeString(data.resolve("apikeys.json"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** What a check has found: its state, what is the case and what to do. */
  private String found(String check) {
    return found(tallygate.run("doctor", "--format=json"), check);
  }

  private static String found(Said said, String check) {
    JsonNode json = said.json();
    return StreamSupport.stream(json.get("checks").spliterator(), false)
        .filter(each -> each.get("check").asString().equals(check))
        .map(each ->
            each.get("state").asString()
                + ": "
                + each.get("detail").asString()
                + (each.get("advice").isNull() ? "" : " -> " + each.get("advice").asString()))
        .findFirst()
        .orElse("");
  }

  @Test
  void soundFolder_besideARunningGateway_isWellAllOver() throws Exception {
    keys(KEYS);
    try (SqliteLedger _ = SqliteLedger.open(data, Duration.ofMillis(200), Ticker.system())) {
      Said said = tallygate.run("doctor").well();
      assertThat(said.out().replaceAll(" +", " ").replaceAll("\\d+ (ms|MiB)", "N $1").lines())
          .containsExactly(
              "ok configuration understood; 'tallygate config check' shows it",
              "ok data folder " + data + " can be written",
              "ok key file " + data.resolve("apikeys.json") + ": 1 keys",
              "ok ledger sound, and of this version",
              "ok disk N MiB free",
              "ok gateway process "
                  + ProcessHandle.current().pid()
                  + " runs one on this data folder",
              "ok port whichever the gateway took",
              "ok management port whichever the gateway took",
              "ok transport nio",
              "ok ZAI_API_KEY set",
              "ok ADMIN_TOKEN set",
              "ok openai upstream 127.0.0.1 answers in N ms (status 401, without credentials)",
              "ok anthropic upstream 127.0.0.1 answers in N ms (status 401, without credentials)",
              "ok clock agrees with the upstream's");
    }
    assertThat(upstream.requests())
        .hasSize(2)
        .allSatisfy(request -> assertThat(request.header("authorization")).isEmpty());
    assertThat(data.resolve("usage.lock")).exists();
    assertThat(found("gateway")).isEqualTo("note: none runs on this data folder");
  }

  @Test
  void portsBesideARunningGateway_areTakenOrItListensElsewhere() throws Exception {
    keys(KEYS);
    int free;
    try (SqliteLedger _ = SqliteLedger.open(data, Duration.ofMillis(200), Ticker.system());
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      try (ServerSocket closed = new ServerSocket(0)) {
        free = closed.getLocalPort();
      }
      tallygate.environment.put("PORT", "" + taken.getLocalPort());
      tallygate.environment.put("MANAGEMENT_PORT", "" + free);
      Said said = tallygate.run("doctor", "--format=json");
      // As when it is stopped: connections are made, and nobody is there.
      assertThat(found(said, "gateway"))
          .startsWith("problem: process ")
          .contains("and nothing answers on port " + taken.getLocalPort() + " within 5 s -> look");
      assertThat(said.code()).isEqualTo(1);
      assertThat(found(said, "port")).endsWith("is taken, as it is while a gateway runs");
      assertThat(found(said, "management port"))
          .isEqualTo(
              "note: "
                  + free
                  + " is free: the gateway that runs listens elsewhere -> look whether it was"
                  + " started with this configuration");
    }
  }

  @Test
  void runningGateway_isAskedHowItIs() throws Exception {
    keys(KEYS);
    try (SqliteLedger _ = SqliteLedger.open(data, Duration.ofMillis(200), Ticker.system());
        FakeUpstream gateway = FakeUpstream.start()) {
      tallygate.environment.put("MANAGEMENT_PORT", "" + gateway.uri("").getPort());
      gateway.then(Answers.json(200, "{\"status\":\"ok\"}"));
      assertThat(found("gateway")).startsWith("ok: ").endsWith(" data folder, and is well");
      gateway.then(Answers.json(200, "{\"status\":\"degraded\",\"reasons\":[\"a\",\"b\"]}"));
      assertThat(found("gateway")).startsWith("note: ").endsWith(", and serves, but: a; b");
      gateway.then(Answers.json(503, "{\"status\":\"not_ready\",\"reasons\":[\"a\"]}"));
      assertThat(found("gateway")).startsWith("problem: ").endsWith(", and serves nobody: a");
      gateway.then(Answers.json(404, "<html>"));
      assertThat(found("gateway")).startsWith("note: ").contains(" is no gateway -> look");
      assertThat(gateway.requests())
          .allSatisfy(request -> assertThat(request.target()).isEqualTo("/health"));
    }
  }

  @Test
  void lockThatCannotBeRead_isNotTakenForNoGateway() throws Exception {
    keys(KEYS);
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      // Nobody can open one as a file, not even root.
      socket.bind(UnixDomainSocketAddress.of(data.resolve("usage.lock")));
      assertThat(found("gateway"))
          .startsWith("note: whether one runs on this data folder cannot be told");
    }
  }

  @Test
  void keyFileThatIsMissingWhereKeysAreKnown_isAProblem() throws Exception {
    try (SqliteLedger ledger = SqliteLedger.open(data, Duration.ofMillis(200), Ticker.system())) {
      assertThat(found("key file")).startsWith("note: ");
      ledger.importOnce("k", KeyUsage.NONE);
    }
    assertThat(found("key file"))
        .isEqualTo(
            "problem: "
                + data.resolve("apikeys.json")
                + " is missing, where the ledger beside it knows keys -> restore it: until then"
                + " nobody is let in");
  }

  @Test
  void whatIsMissing_isANoteWithTheNextStep() throws Exception {
    tallygate.environment.remove("ADMIN_TOKEN");
    assertThat(tallygate.run("doctor").well().out())
        .containsPattern("note +key file .*does not exist yet -> tallygate keys create --name NAME")
        .containsPattern("note +ledger +there is none yet")
        .containsPattern("note +ADMIN_TOKEN +not set: admin API and dashboard are off");
    keys(KEYS.replace("\"key_hash\":\"sha256:" + "ab".repeat(32), "\"key\":\"pk_plain"));
    assertThat(found("key file"))
        .endsWith("1 keys, 1 secrets in plain text -> tallygate keys hash")
        .doesNotContain("pk_plain");
    tallygate.environment.put("DATA_FILE", "other/apikeys.json");
    assertThat(found("data folder"))
        .isEqualTo(
            "note: "
                + folder.resolve("other")
                + " does not exist yet"
                + " -> tallygate keys create --name NAME makes it");
  }

  @Test
  void whatIsWrong_isAProblem_andExits1() throws Exception {
    keys("{\"keys\":[oops");
    Files.writeString(data.resolve("usage.db"), "no database".repeat(1000));
    tallygate.environment.remove("ZAI_API_KEY");
    upstream.always(dated(-3600));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      tallygate.environment.put("PORT", "" + taken.getLocalPort());
      tallygate.environment.put("MANAGEMENT_HOST", "no-such-host.invalid");
      tallygate.environment.put("MANAGEMENT_PORT", "1");
      Said said = tallygate.run("doctor");
      assertThat(said.code()).isEqualTo(1);
      assertThat(said.out())
          .containsPattern("problem +management port +the name in MANAGEMENT_HOST cannot be")
          .containsPattern("problem +key file .*line 1, column 10: not valid JSON -> mend")
          .containsPattern("problem +ledger .*is damaged")
          .containsPattern("problem +port +\\d+ cannot be bound")
          .containsPattern("problem +ZAI_API_KEY +not set")
          .containsPattern("problem +clock +3[56]\\d\\d s ahead of the upstream's -> set it");
    }
    keys("{\"keys\":[{\"name\":\"Ada\"}]}");
    assertThat(found("key file")).startsWith("problem: refused: entry 1 (Ada): neither key nor");
    Files.setPosixFilePermissions(keys(KEYS), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(found("key file")).contains("can be read or written by every user -> chmod o-rwx");
  }

  @Test
  void secretsThatEveryUserCanRead_areAProblem() throws Exception {
    keys(KEYS);
    Path file = Files.writeString(folder.resolve(".env"), "ADMIN_TOKEN=another-one-of-some-length");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    Said said = tallygate.run("doctor");
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.out())
        .containsPattern("problem +configuration +.* holds secrets, and can be read or written")
        .contains(" by every user -> chmod o-rwx " + file)
        .doesNotContain("another-one");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    tallygate.run("doctor").well();
    Files.writeString(file, "PORT=0\nADMIN_TOKEN=\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    tallygate.run("doctor").well();
  }

  @Test
  void upstreamThatCannotBeReached_isNamedByTheStepThatFails() throws Exception {
    keys(KEYS);
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    tallygate.environment.put("OPENAI_UPSTREAM_URL", "http://127.0.0.1:" + port);
    assertThat(found("openai upstream"))
        .startsWith("problem: no connection to 127.0.0.1 port " + port + ": ");
    tallygate.environment.put("OPENAI_UPSTREAM_URL", "http://no-such-host.invalid");
    assertThat(found("openai upstream"))
        .startsWith("problem: the name no-such-host.invalid cannot be resolved");
    upstream.onConnection(connection -> connection.send("SSH-2.0-x\r\n\r\n"));
    tallygate.environment.put("OPENAI_UPSTREAM_URL", upstream.uri("/x").toString());
    assertThat(found("openai upstream"))
        .startsWith("problem: 127.0.0.1 does not answer in HTTP/1.1");
    tallygate.environment.put(
        "OPENAI_UPSTREAM_URL", upstream.uri("").toString().replace("http:", "https:"));
    assertThat(found("openai upstream")).startsWith("problem: ").contains("TLS with 127.0.0.1");
  }

  @Test
  void mistakesOfTheConfiguration_areProblemsOfTheirOwn() {
    tallygate.environment.put("PORT", "x");
    Said said = tallygate.run("doctor", "--prot=3");
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.out().lines()).hasSize(2).allMatch(line -> line.startsWith("problem  config"));
    assertThat(tallygate.run("doctor", "--format=xml").code()).isEqualTo(64);
  }
}
