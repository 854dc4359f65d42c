package dev.tallygate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tallygate.model.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private final Map<Setting<?>, String> flags = new HashMap<>();

  @Test
  void flag_winsOverEnvironment_whichWinsOverDotEnv() throws IOException {
    dotEnv("PORT=1\nHOST=localhost\nDEFAULT_MODEL=from-file\n");
    environment.put("PORT", "2");
    environment.put("HOST", "::1");
    flags.put(Settings.PORT, "3");
    ConfigResult.Loaded loaded = loaded();
    assertThat(loaded.config().listen())
        .isEqualTo(new Config.Listen("::1", 3, Config.Transport.AUTO, null));
    assertThat(loaded.config().keys().defaultModel()).isEqualTo("from-file");
    assertThat(loaded.settings())
        .contains(
            new EffectiveSetting("PORT", "3", "flag"),
            new EffectiveSetting("HOST", "::1", "environment"),
            new EffectiveSetting("DEFAULT_MODEL", "from-file", ".env line 3"),
            new EffectiveSetting("TRANSPORT", "auto", "default"));
  }

  @Test
  void effectiveSettings_areAllOfTheTableInItsOrder() {
    assertThat(loaded().settings())
        .extracting(EffectiveSetting::name)
        .containsExactlyElementsOf(Settings.ALL.stream().map(Setting::name).toList());
  }

  @Test
  void emptyVariable_countsAsNotSet() throws IOException {
    dotEnv("PORT=4000\nTLS_CERT=\n");
    environment.putAll(Map.of("PORT", "", "HOST", " ", "ZAI_API_KEY", "", "ADMIN_TOKEN", ""));
    Config config = loaded().config();
    assertThat(config.listen().port()).isEqualTo(4000);
    assertThat(config.listen().host()).isEqualTo("0.0.0.0");
    assertThat(config.upstreams().masterKey()).isNull();
  }

  @Test
  void emptyFlag_isAMistake() {
    flags.put(Settings.PORT, "");
    assertThat(mistakes())
        .containsExactly("--port= (flag): expected a whole number from 0 to 65535");
  }

  @Test
  void masterKey_isNeverShown() {
    environment.put("ZAI_API_KEY", " sk-secret\r\n");
    ConfigResult.Loaded loaded = loaded();
    assertThat(loaded.config().upstreams().masterKey()).isEqualTo(new Secret("sk-secret"));
    assertThat(loaded.toString()).doesNotContain("sk-secret");
    assertThat(loaded.warnings()).isEmpty();
    environment.put("ZAI_API_KEY", "sk secret");
    assertThat(mistakes())
        .containsExactly(
            "ZAI_API_KEY=*** (environment): expected printable ASCII without spaces, as it goes"
                + " into a header");
  }

  @Test
  void missingMasterKey_isAWarning() {
    assertThat(loaded().warnings()).singleElement().asString().startsWith("ZAI_API_KEY is not set");
  }

  @ParameterizedTest
  @CsvSource({
    "true, true", "TRUE, true", "on, true", "yes, true", "1, true", //
    "false, false", "False, false", "off, false", "no, false", "0, false"
  })
  void switch_readsTheUsualWords(String text, boolean value) {
    environment.put("CACHE_ENABLED", text);
    assertThat(loaded().config().cache().enabled()).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PORT|80000|a whole number from 0 to 65535|",
        "PORT|-1|a whole number from 0 to 65535|",
        "PORT|3_000|a whole number from 0 to 65535|3000",
        "PORT|1e3|a whole number from 0 to 65535|",
        "CACHE_MAX_SIZE|0|a whole number from 1 to 10000000|",
        "CACHE_ENABLED|ture|true or false (also on, off, yes, no, 1, 0)|true",
        "CACHE_ENABLED|2|true or false (also on, off, yes, no, 1, 0)|",
        "CACHE_TTL_MS|5m|whole milliseconds from 1 to 31536000000|300000",
        "CACHE_TTL_MS|99999999999999999999|whole milliseconds from 1 to 31536000000|",
        "CACHE_LOG_LEVEL|debgu|none, info or debug|debug",
        "TRANSPORT|iouring|auto, io_uring, epoll or nio|io_uring",
        "TRANSPORT|kqueue|auto, io_uring, epoll or nio|",
        "LOG_FORMAT|jsno|text or json|json",
        "LOG_LEVEL|warning|error, warn, info, debug or trace|warn",
        "MAX_BODY_BYTES|32 MiB|a whole number of bytes from 1 to 1073741824|33554432",
        "SHUTDOWN_GRACE_MS|30s|whole milliseconds from 0 to 86400000|30000",
        "HOST|http://localhost|a host name or an IP address, without scheme, brackets or"
            + " port|localhost",
        "HOST|[::1]:80|a host name or an IP address, without scheme, brackets or port|::1",
        "DEFAULT_MODEL|glm 4|a model's name without spaces, or * for what the client asks for|",
        "DATA_FILE|~/keys.json|a file's path (~ is not expanded)|",
        "METRICS|onn|true or false (also on, off, yes, no, 1, 0)|on",
        "METRICS_MAX_KEYS|-1|a whole number from 0 to 100000|",
        "OTEL_SERVICE_NAME|my gateway|a name without spaces|",
        "OTEL_TRACES_SAMPLER_ARG|25%|a number from 0 to 1, such as 0.25|0.25",
        "OTEL_TRACES_SAMPLER_ARG|1.5|a number from 0 to 1, such as 0.25|",
        "OTEL_TRACES_SAMPLER_ARG|-0.1|a number from 0 to 1, such as 0.25|",
      })
  void badValue_isShownWithWhatIsAllowed(
      String name, String value, String allowed, String suggestion) {
    environment.put(name, value);
    String hint = suggestion == null ? "" : "; did you mean " + suggestion + "?";
    assertThat(mistakes())
        .containsExactly(name + "=" + value + " (environment): expected " + allowed + hint);
  }

  @ParameterizedTest
  @CsvSource({
    "https://api.openai.com/v1/, https://api.openai.com/v1",
    "HTTP://127.0.0.1:8080, http://127.0.0.1:8080",
    "http://[::1]:8080//, http://[::1]:8080",
  })
  void url_losesTrailingSlash(String text, URI value) {
    environment.put("OPENAI_UPSTREAM_URL", text);
    assertThat(loaded().config().upstreams().openAi()).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://api.example.com",
        "https://",
        "https:///path",
        "https://two words",
        "https://under_score/",
        "https://api.example.com:0",
        "https://api.example.com:99999",
        "https://api.example.com/#top",
        "/api"
      })
  void url_thatCannotBeAnUpstream_isAMistake(String text) {
    environment.put("OPENAI_UPSTREAM_URL", text);
    assertThat(mistakes())
        .singleElement()
        .asString()
        .startsWith("OPENAI_UPSTREAM_URL=" + text + " (environment): expected an http:// or");
  }

  @Test
  void url_hidesCredentials() {
    environment.put("OPENAI_UPSTREAM_URL", "https://me:secret@api.example.com/v1");
    environment.put("ANTHROPIC_UPSTREAM_URL", "https://api.example.com/v1?key=secret");
    assertThat(mistakes())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("OPENAI_UPSTREAM_URL=https://***@api.example.com/v1 "))
        .anyMatch(line -> line.startsWith("ANTHROPIC_UPSTREAM_URL=https://api.example.com/v1?*** "))
        .noneMatch(line -> line.contains("secret"));
  }

  @Test
  void url_withoutScheme_isSuggestedWithOne() {
    environment.put("OPENAI_UPSTREAM_URL", "api.openai.com/v1");
    assertThat(mistakes())
        .singleElement()
        .asString()
        .endsWith("did you mean https://api.openai.com/v1?");
  }

  @Test
  void collectorsHeaders_areDecoded_andNeverShown() {
    environment.put("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20YTpi+w==,x-team=a=b");
    ConfigResult.Loaded loaded = loaded();
    assertThat(loaded.config().tracing().headers())
        .containsOnly(
            Map.entry("Authorization", new Secret("Basic YTpi+w==")),
            Map.entry("x-team", new Secret("a=b")));
    assertThat(loaded.toString()).doesNotContain("YTpi");
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret", "a=1,", "a b=1", "=secret", "a=%0d%0ax:y", "a=%zz"})
  void collectorsHeaders_thatCannotBeSent_areAMistake(String text) {
    environment.put("OTEL_EXPORTER_OTLP_HEADERS", text);
    assertThat(mistakes())
        .singleElement()
        .asString()
        .startsWith("OTEL_EXPORTER_OTLP_HEADERS=*** (environment): expected ");
  }

  @Test
  void otherSettingsOfOpenTelemetry_areNobodysMistake() {
    environment.put("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    environment.put("OTEL_TRACES_SAMPLER_ARG", ".5");
    assertThat(loaded().config().tracing().sampled()).isEqualTo(0.5);
    assertThat(loaded().config().tracing().endpoint()).isNull();
  }

  @Test
  void anthropicUrl_endingInVersion_isAWarning() {
    environment.put("ZAI_API_KEY", "k");
    environment.put("ANTHROPIC_UPSTREAM_URL", "https://api.anthropic.com/v1/");
    assertThat(loaded().warnings()).singleElement().asString().contains("one too many");
  }

  @Test
  void bodyMemory_belowOneBody_isAMistake_alsoAgainstADefault() {
    environment.put("MAX_BODY_BYTES", "268435457");
    assertThat(mistakes())
        .containsExactly(
            "MAX_BODY_MEMORY_BYTES=268435456 (default): expected at least MAX_BODY_BYTES, which is"
                + " 268435457");
    environment.put("MAX_BODY_MEMORY_BYTES", "x");
    assertThat(mistakes()).singleElement().asString().startsWith("MAX_BODY_MEMORY_BYTES=x ");
  }

  @Test
  void caFile_mustHoldCertificates() throws IOException {
    environment.put("UPSTREAM_CA_FILE", "ca.pem");
    assertThat(mistakes())
        .containsExactly("UPSTREAM_CA_FILE=ca.pem (environment): expected a file that can be read");
    Files.writeString(folder.resolve("ca.pem"), "");
    assertThat(mistakes()).singleElement().asString().contains("at least one PEM certificate");
    Files.writeString(folder.resolve("ca.pem"), "not a certificate");
    assertThat(mistakes()).singleElement().asString().contains("PEM certificate");
  }

  @Test
  void dataFile_thatIsAFolder_isAMistake() throws IOException {
    Files.createDirectories(folder.resolve("data/apikeys.json"));
    assertThat(mistakes())
        .singleElement()
        .asString()
        .startsWith("DATA_FILE=data/apikeys.json (default): is a folder");
  }

  @ParameterizedTest
  @CsvSource({
    "3001, 3001",
    "0, 0",
    "off, -1",
    "OFF, -1",
  })
  void managementPort_isANumberOrOff(String text, int expected) {
    environment.put("MANAGEMENT_PORT", text);
    assertThat(loaded().config().management().port().orElse(-1)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"none, ''", "false, '; did you mean off?'", "-1, ''", "65536, ''"})
  void managementPortOfAnotherForm_isAMistake(String text, String hint) {
    environment.put("MANAGEMENT_PORT", text);
    assertThat(mistakes())
        .containsExactly(
            "MANAGEMENT_PORT="
                + text
                + " (environment): expected a whole number from 0 to 65535, or off"
                + hint);
  }

  @Test
  void managementPortThatIsThePort_isAMistake() {
    environment.put("PORT", "3001");
    assertThat(mistakes())
        .containsExactly("MANAGEMENT_PORT=3001 (default): expected another port than PORT, or off");
    environment.put("MANAGEMENT_PORT", "off");
    assertThat(loaded().config().management().port()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fifteen-letters", "a token with spaces", "tökens-are-plain-ascii"})
  void adminTokenThatIsWeak_isAMistake_andNotRepeated(String token) {
    environment.put("ADMIN_TOKEN", token);
    assertThat(mistakes())
        .containsExactly(
            "ADMIN_TOKEN=*** (environment): expected at least 16 characters, printable ASCII without"
                + " spaces, as it goes into a header");
  }

  @Test
  void managementThatIsOpenOrOff_isWarnedOf() {
    environment.putAll(
        Map.of(
            "ZAI_API_KEY", "x", "MANAGEMENT_HOST", "0.0.0.0", "ADMIN_TOKEN", "0123456789abcdef"));
    assertThat(loaded().warnings()).singleElement().asString().contains("MANAGEMENT_HOST");
    environment.put("MANAGEMENT_PORT", "off");
    assertThat(loaded().warnings()).singleElement().asString().contains("no admin API");
    environment.remove("ADMIN_TOKEN");
    assertThat(loaded().warnings()).isEmpty();
  }

  @Test
  void tls_needsCertificateAndKey() throws IOException {
    assertThat(loaded().config().listen().tls()).isNull();
    Path certificate = Files.writeString(folder.resolve("cert.pem"), "-");
    environment.put("TLS_CERT", "cert.pem");
    assertThat(mistakes())
        .containsExactly(
            "TLS_KEY (default): expected a file, since TLS_CERT names one: TLS needs both");
    environment.put("TLS_KEY", "key.pem");
    assertThat(mistakes())
        .containsExactly("TLS_KEY=key.pem (environment): expected a file that can be read");
    Path key = Files.writeString(folder.resolve("key.pem"), "-");
    assertThat(loaded().config().listen().tls()).isEqualTo(new Config.Tls(certificate, key));
    environment.remove("TLS_CERT");
    assertThat(mistakes())
        .containsExactly(
            "TLS_CERT (default): expected a file, since TLS_KEY names one: TLS needs both");
  }

  @Test
  void answersThatAreTriedAgain_areSomeOfAFew() {
    assertThat(loaded().config().trouble().retryOn()).isEmpty();
    environment.put("UPSTREAM_RETRY_ON", " 1302 ,503,503");
    assertThat(loaded().config().trouble().retryOn()).containsExactlyInAnyOrder(503, 1302);
    for (String bad : List.of("500", "503,", "503;504", "5xx", "503,1308", "-503")) {
      environment.put("UPSTREAM_RETRY_ON", bad);
      assertThat(mistakes())
          .singleElement()
          .asString()
          .contains(bad, "any of 502,503,504,529,1302,1303,1305,1312, with commas between them");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CACHE_TTL, CACHE_TTL_MS",
    "CACHE_MAX_SIZ, CACHE_MAX_SIZE",
    "UPSTREAM_IDLE_TIMEOUT, UPSTREAM_IDLE_TIMEOUT_MS",
    "CLIENT_HAEDER_TIMEOUT_MS, CLIENT_HEADER_TIMEOUT_MS",
    "MAX_BODY, MAX_BODY_BYTES",
    "ZAI_APIKEY, ZAI_API_KEY",
  })
  void misspeltVariable_withAPrefixOfOurs_isAMistake(String name, String meant) {
    environment.put(name, "secret");
    assertThat(mistakes())
        .containsExactly(name + " (environment): no such setting; did you mean " + meant + "?");
  }

  @Test
  void otherProgramsVariables_areLeftAlone() throws IOException {
    for (String name :
        List.of(
            "PATH", "POST", "XAI_API_KEY", "CACHE_DIR", "UPSTREAM_URL", "LOGLEVEL", "DATAFILE")) {
      environment.put(name, "x");
    }
    dotEnv("COMPOSE_PROJECT_NAME=x\nXAI_API_KEY=x\nNODE_ENV=x\nNODE_ENV=y\n");
    assertThat(loaded().config()).isNotNull();
  }

  @Test
  void dotEnv_misspeltOrTwice_isAMistake() throws IOException {
    dotEnv("PROT=1\nport=2\nPORT=3\nPORT=4\nDATAFILE=x\nbroken\n");
    assertThat(mistakes())
        .containsExactly(
            ".env line 6: expected NAME=value, a comment or an empty line",
            "PROT (.env line 1): no such setting; did you mean PORT?",
            "port (.env line 2): no such setting; did you mean PORT?",
            "PORT (.env line 4): set a second time; keep one of them",
            "DATAFILE (.env line 5): no such setting; did you mean DATA_FILE?");
  }

  @Test
  void unknownArguments_areMistakes_andTheirValuesNotShown() {
    assertThat(
            mistakes(
                "--prot",
                "secret",
                "extra",
                "PORT=secret",
                "@file",
                "--zai-api-key=secret",
                "--quux=secret"))
        .containsExactly(
            "--prot: no such flag; did you mean --port?",
            "extra: an argument that is not expected",
            "PORT: an argument that is not expected",
            "@file: an argument that is not expected",
            "--zai-api-key: a secret must not stand on a command line, which others can see; set"
                + " ZAI_API_KEY in the environment or in .env",
            "--quux: no such flag");
  }

  @Test
  void mistakes_areReportedAllAtOnce() throws IOException {
    dotEnv("DEFAULT_MODELS=x\nLOG_LEVEL=loud\n");
    environment.putAll(
        Map.of("PORT", "x", "CACHE_TTL_MS", "0", "TLS_KEY", "y", "OPENAI_UPSTREAM_URL", "z"));
    flags.put(Settings.TRANSPORT, "epol");
    assertThat(mistakes("--nope"))
        .hasSize(8)
        .contains(
            "--transport=epol (flag): expected auto, io_uring, epoll or nio; did you mean epoll?",
            "LOG_LEVEL=loud (.env line 2): expected error, warn, info, debug or trace");
  }

  @Test
  void mistake_staysOnOneLine() {
    environment.put("DEFAULT_MODEL", "a\nb" + "c".repeat(1000));
    assertThat(mistakes())
        .singleElement()
        .asString()
        .startsWith("DEFAULT_MODEL=a?bccc")
        .hasSizeLessThan(250);
  }

  @Test
  void records_refuseWhatCannotBe() {
    Duration second = Duration.ofSeconds(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Config.Listen("localhost", 65536, Config.Transport.AUTO, null))
        .withMessage("port: 65536 (expected: 0 to 65535)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Config.Cache(true, 0, second, false, Config.Cache.LogLevel.NONE));
    assertThatIllegalArgumentException().isThrownBy(() -> new Config.Limits(2, 1, 1, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new Config.Upstreams(null, URI.create("http://a/"), URI.create("http://a"), null));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new Config.Deadlines(second, second, Duration.ZERO, second, second, second, second));
  }

  private void dotEnv(String text) throws IOException {
    Files.writeString(folder.resolve(".env"), text);
  }

  private ConfigResult.Loaded loaded() {
    ConfigResult result = new ConfigLoader(environment, folder).load(flags, List.of());
    assertThat(result).isInstanceOf(ConfigResult.Loaded.class);
    return (ConfigResult.Loaded) result;
  }

  private List<String> mistakes(String... arguments) {
    ConfigResult result = new ConfigLoader(environment, folder).load(flags, List.of(arguments));
    assertThat(result).isInstanceOf(ConfigResult.Refused.class);
    return ((ConfigResult.Refused) result).mistakes().stream().map(Mistake::toString).toList();
  }
}
