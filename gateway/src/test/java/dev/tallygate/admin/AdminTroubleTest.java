package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.NewKey;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.Secret;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import dev.tallygate.testkit.AdminClient;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.OpenApiDocument;
import dev.tallygate.usage.TooManyReportsException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What the API answers when things go wrong at that moment: somebody breaks the file that a change
 * is written into, or too many ask for reports.
 */
class AdminTroubleTest {
  private static final String WHY = "could do it, but that is not in force: mend the file";

  private final Logger logger = (Logger) LoggerFactory.getLogger("tallygate.audit");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final BrokenFile keys = new BrokenFile();

  private ManagementServer server;
  private OpenApiDocument document;

  /** Writes everything, and none of it comes into force. */
  private static final class BrokenFile implements KeyAdministration {
    ApiKey written = ApiKeys.key("pk_user_12345");

    @Override
    public Collection<ApiKey> keys() {
      return List.of();
    }

    @Override
    public ApiKey key(String id) {
      return written;
    }

    @Override
    public ApiKey create(NewKey spec) throws IOException {
      return change("", key -> withDigest(key, spec.digest()));
    }

    @Override
    public ApiKey change(String id, UnaryOperator<ApiKey> edit) throws IOException {
      written = edit.apply(written);
      throw new NotInForceException(WHY, written);
    }

    @Override
    public void remove(String id, Consumer<ApiKey> check) throws IOException {
      check.accept(written);
      throw new NotInForceException(WHY, written);
    }

    private static ApiKey withDigest(ApiKey key, KeyDigest digest) {
      return new KeyDraft(key).rotate(digest, null).key();
    }
  }

  @BeforeEach
  void start() throws IOException {
    FakeTicker ticker = new FakeTicker();
    QuotaEnforcer quota =
        new QuotaEnforcer(ticker, (since, sink) -> {}, new ModelLimits(1, 1, 1), id -> {});
    AdminParts parts =
        new AdminParts(
            ticker,
            keys,
            quota,
            id -> new LifetimeUsage(0, null),
            new KeyCache(CacheSettings.DEFAULTS, ticker),
            JsonNodeFactory.instance::objectNode,
            query -> {
              throw new TooManyReportsException();
            },
            () -> {
              throw new IllegalStateException("not asked here");
            },
            new Activity(ticker),
            new RecentRefusals(ticker));
    server =
        ManagementServer.start(
            new ManagementSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Secret(AdminClient.TOKEN)),
            new ManagementParts(
                () -> new JsonAnswer(200, JsonNodeFactory.instance.objectNode()), null, parts));
    try (InputStream in = ManagementServer.class.getResourceAsStream("openapi.json")) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      document = new OpenApiDocument(new String(bytes, StandardCharsets.UTF_8));
    }
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void close() {
    logger.detachAppender(lines);
    server.close();
  }

  private Http.Response send(String method, String path, String body) throws Exception {
    return Http.send(
        method,
        URI.create("http://127.0.0.1:" + server.port() + "/admin/v1" + path),
        body,
        "authorization",
        "Bearer " + AdminClient.TOKEN);
  }

  private String said() {
    ILoggingEvent line = lines.list.removeLast();
    assertThat(lines.list).isEmpty();
    StringBuilder text = new StringBuilder();
    line.getKeyValuePairs()
        .forEach(pair -> text.append(pair.key).append('=').append(pair.value).append(' '));
    return text.toString();
  }

  @Test
  void newSecret_isShownAllTheSame_forItsDigestIsOnFile() throws Exception {
    Http.Response made = send("POST", "/keys", "{\"name\":\"Ada\"}");
    document.check("POST", "/admin/v1/keys", made);
    assertThat(made.status()).isEqualTo(202);
    assertThat(KeyDigest.of(made.json().path("secret").asString()))
        .isEqualTo(keys.written.digest());
    assertThat(made.json().path("not_in_force").asString()).isEqualTo(WHY);
    assertThat(said())
        .matches("action=key.create by=token .* key=\\w+ fields=name in_force=false ");

    Http.Response rotated = send("POST", "/keys/x/rotate", "{\"grace_seconds\":60}");
    document.check("POST", "/admin/v1/keys/{id}/rotate", rotated);
    assertThat(rotated.status()).isEqualTo(202);
    assertThat(KeyDigest.of(rotated.json().path("secret").asString()))
        .isEqualTo(keys.written.digest());
    assertThat(said()).startsWith("action=key.rotate").endsWith(" in_force=false ");
  }

  @Test
  void tooManyReports_saysWhenToAskAgain() throws Exception {
    Http.Response refused = send("GET", "/usage", "");
    document.check("GET", "/admin/v1/usage", refused);
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.header("retry-after")).isEqualTo("1");
  }

  @Test
  void changeAndRemoval_areNoSuccess_butOnTheRecord() throws Exception {
    Http.Response changed = send("PATCH", "/keys/x", "{\"disabled\":true}");
    assertThat(changed.status()).isEqualTo(503);
    assertThat(changed.json().path("detail").asString()).isEqualTo(WHY);
    assertThat(said()).startsWith("action=key.update").endsWith(" fields=disabled in_force=false ");
    Http.Response removed = send("DELETE", "/keys/x", "");
    assertThat(removed.status()).isEqualTo(503);
    assertThat(removed.json().path("detail").asString()).isEqualTo(WHY);
    assertThat(said()).startsWith("action=key.remove").endsWith(" key=x in_force=false ");
  }
}
