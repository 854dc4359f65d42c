package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A line for every change, and nothing secret in any. */
class AdminAuditTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("tallygate.audit");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @TempDir Path folder;

  private FakeUpstream upstream;
  private RunningGateway gateway;
  private AdminClient admin;

  @BeforeEach
  void start() throws IOException {
    KeyFiles.in(folder).write(KeyFiles.key("pk_user_12345").id("ada").name("Ada Lovelace"));
    upstream = FakeUpstream.start();
    gateway = RunningGateway.start(folder, upstream, Map.of("ADMIN_TOKEN", AdminClient.TOKEN));
    admin = new AdminClient(gateway);
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void close() throws IOException {
    logger.detachAppender(lines);
    try {
      gateway.close();
    } finally {
      upstream.close();
    }
  }

  private List<String> said() {
    return lines.list.stream()
        .map(event ->
            event.getKeyValuePairs().stream()
                .map(pair -> pair.key + "=" + pair.value)
                .collect(Collectors.joining(" ")))
        .toList();
  }

  @Test
  void everyChange_isALine_withWhoWhereWhatAndWhichKey() throws Exception {
    String secret =
        admin
            .post(
                "/keys",
                "{\"name\":\"Grace Hopper\",\"id\":\"grace\",\"upstream_key\":\"hers-alone\"}")
            .json()
            .path("secret")
            .asString();
    String cookie = admin.post("/session", "").header("set-cookie").replaceFirst(";.*", "");
    Http.Response patched =
        Http.call(
            "PATCH",
            admin.uri("/keys/ada"),
            "{\"disabled\":true,\"name\":\"Countess\"}",
            new String[] {
              "cookie", cookie, "x-requested-with", "tallygate", "content-type", "application/json"
            });
    assertThat(patched.status()).isEqualTo(200);
    String rotated = admin.post("/keys/grace/rotate", "").json().path("secret").asString();
    admin.delete("/keys/grace");
    admin.post("/cache/clear", "");
    admin.post("/cache/invalidate/ada", "");
    List<String> said = said();
    assertThat(said)
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .isEqualTo(
                        "action=key.create by=token address=127.0.0.1 key=grace"
                            + " fields=name,id,upstream_key"),
            line ->
                assertThat(line)
                    .matches("action=session.begin by=session:[0-9a-f]{8} address=127.0.0.1"),
            line ->
                assertThat(line)
                    .matches(
                        "action=key.update by=session:[0-9a-f]{8} address=127.0.0.1 key=ada"
                            + " fields=disabled,name"),
            line -> assertThat(line).startsWith("action=key.rotate by=token").endsWith("key=grace"),
            line -> assertThat(line).startsWith("action=key.remove by=token").endsWith("key=grace"),
            line -> assertThat(line).startsWith("action=cache.clear by=token"),
            line -> assertThat(line).startsWith("action=cache.invalidate").endsWith("key=ada"));
    assertThat(String.join("\n", said))
        .doesNotContain(
            secret, rotated, AdminClient.TOKEN, "Grace", "Countess", "hers-alone", cookie);
  }

  @Test
  void whatIsRefused_isNoLine_butEachWrongTokenIs_upToTenOfAnAddress() throws Exception {
    admin.patch("/keys/nobody", "{\"name\":\"x\"}");
    admin.patch("/keys/ada", "{\"name\":\"x\"}", "if-match", "\"old\"");
    admin.post("/keys", "{}");
    for (int i = 0; i < 12; i++) {
      Http.get(admin.uri("/keys"), "authorization", "Bearer guess-" + i);
    }
    assertThat(said()).hasSize(10).containsOnly("address=127.0.0.1");
    assertThat(lines.list).extracting(ILoggingEvent::getLevel).containsOnly(Level.WARN);
    assertThat(lines.list.getFirst().getFormattedMessage()).isEqualTo("wrong admin token");
    assertThat(lines.list.getLast().getFormattedMessage()).contains("further ones", "not logged");
  }
}
