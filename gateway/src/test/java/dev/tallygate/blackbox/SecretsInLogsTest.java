package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.FakeUpstream;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the gateway logs of keys when it logs all it can. */
class SecretsInLogsTest {
  @TempDir Path folder;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<Logger> loggers =
      List.of(
          (Logger) LoggerFactory.getLogger("dev.tallygate"),
          (Logger) LoggerFactory.getLogger("tallygate"));
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(
              event.getFormattedMessage()
                  + " "
                  + event.getKeyValuePairs()
                  + " "
                  + (event.getThrowableProxy() == null
                      ? ""
                      : event.getThrowableProxy().getMessage()));
        }
      };

  @BeforeEach
  void listen() {
    appender.start();
    loggers.forEach(logger -> {
      logger.setLevel(Level.TRACE);
      logger.addAppender(appender);
    });
  }

  @AfterEach
  void stopListening() {
    loggers.forEach(logger -> {
      logger.detachAppender(appender);
      logger.setLevel(null);
    });
  }

  @Test
  void logs_showIdsAndTheFirst8Characters_neverSecretsOrNames() throws Exception {
    String hashed = "pk_hashed_secret_of_bob";
    KeyFiles file =
        KeyFiles.in(folder)
            .write(
                KeyFiles.key("pk_user_secret_of_ann").name("Ann Holder"),
                KeyFiles.keyHash(hashed).name("Bob Holder").upstreamKey("zai-secret-of-bob"),
                KeyFiles.key("pk_old_secret_of_cleo")
                    .name("Cleo Holder")
                    .expires(Instant.parse("2026-01-01T00:00:00Z")),
                KeyFiles.key("pk_bad_secret_of_dan").id("dan").limit(-1));
    Map<String, String> talkative = Map.of("CACHE_LOG_LEVEL", "debug", "ACCESS_LOG", "on");
    try (FakeUpstream upstream = FakeUpstream.start().always(Answers.chatCompletion(1, 1));
        RunningGateway gateway = RunningGateway.start(folder, upstream, talkative)) {
      assertThat(KeyCalls.chat(gateway, "pk_user_secret_of_ann").status()).isEqualTo(200);
      assertThat(KeyCalls.messages(gateway, "pk_user_secret_of_ann").status()).isEqualTo(200);
      assertThat(KeyCalls.chat(gateway, hashed).status()).isEqualTo(200);
      upstream.then(Answers.json(401, "{}"));
      assertThat(KeyCalls.chat(gateway, hashed).status()).isEqualTo(502);
      assertThat(KeyCalls.chat(gateway, "pk_old_secret_of_cleo").status()).isEqualTo(403);
      assertThat(KeyCalls.chat(gateway, "sk-secret-of-somebody-else").status()).isEqualTo(401);
      assertThat(KeyCalls.chat(gateway, "tg_secret_cut_off").status()).isEqualTo(401);
      KeyCalls.stats(gateway, "pk_user_secret_of_ann");
      file.replace(KeyFiles.key("pk_user_secret_of_ann").name("Ann Holder").limit(1));
      await()
          .untilAsserted(() ->
              assertThat(KeyCalls.chat(gateway, "pk_user_secret_of_ann").status()).isEqualTo(429));
      file.replaceText("{\"keys\":[{\"key\":\"pk_user_secret_of_ann\" \"pk_torn_secret\"");
      await().untilAsserted(() -> assertThat(String.join("\n", lines)).contains("line 1, column"));
    }
    String id = "k_" + KeyDigest.of("pk_user_secret_of_ann").hex().substring(0, 12);
    String all = String.join("\n", lines);
    assertThat(all)
        .contains(
            "[cache] miss pk_user_...",
            "[cache] populate pk_user_...",
            "[cache] hit pk_user_...",
            "[cache] populate sk-secre... (no such key)",
            "[cache] invalidate " + id,
            "key=\"" + id + "\"",
            "status=\"200\"",
            "entry 4 (dan)");
    assertThat(all)
        .doesNotContain(
            "pk_user_secret",
            "pk_hashed_secret",
            "pk_old_secret",
            "pk_bad_secret",
            "pk_torn",
            "zai-secret",
            "sk-secret-of",
            "tg_secret",
            "Holder",
            "words=3",
            "Grüße",
            RunningGateway.MASTER_KEY);
  }
}
