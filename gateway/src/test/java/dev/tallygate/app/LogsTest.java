package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.tallygate.config.Config.Logging;
import dev.tallygate.config.Config.Logging.Format;
import dev.tallygate.config.Config.Logging.Level;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class LogsTest {
  private final LoggerContext context = freshContext();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void text_isOneConciseLine() {
    Logger log = configured(Format.TEXT, Level.INFO, "dev.tallygate.auth.KeyCache");
    log.atInfo().addKeyValue("key", "k_1").addKeyValue("why", "not \"now\"").log("Refused {}", 1);
    assertThat(written())
        .singleElement()
        .asString()
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  KeyCache .*")
        .endsWith(" KeyCache Refused 1 key=k_1 why=\"not \\\"now\\\"\"");
  }

  @Test
  void text_cannotBeForgedByWhatCallersSend() {
    Logger log = configured(Format.TEXT, Level.INFO, "dev.tallygate.X");
    log.atWarn().addKeyValue("id", "a\nb").addKeyValue("none", "").log("x\r\ny");
    assertThat(written()).singleElement().asString().endsWith(" X x??y id=\"a?b\" none=\"\"");
  }

  @Test
  void text_hasTheStackTraceBelow() {
    Logger log = configured(Format.TEXT, Level.INFO, "dev.tallygate.X");
    log.error("failed", new IllegalStateException("why"));
    assertThat(written())
        .hasSizeGreaterThan(2)
        .element(1)
        .isEqualTo("java.lang.IllegalStateException: why");
  }

  @Test
  void json_hasKeyValuesAtTheTop() {
    Logger log = configured(Format.JSON, Level.INFO, "dev.tallygate.X");
    log.atInfo().addKeyValue("status", 200).addKeyValue("key", "k_1").log("served\n");
    assertThat(written()).hasSize(1);
    JsonNode line = new ObjectMapper().readTree(written().getFirst());
    assertThat(line.propertyNames())
        .containsExactlyInAnyOrder(
            "@timestamp", "level", "logger", "thread", "message", "status", "key");
    assertThat(line.get("@timestamp").asString()).matches(".*T\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    assertThat(line.get("message").asString()).isEqualTo("served\n");
    assertThat(line.get("status").asInt()).isEqualTo(200);
    assertThat(line.get("level").asString()).isEqualTo("INFO");
  }

  @Test
  void level_isForOurEvents_librariesStayAtInfo() {
    Logger ours = configured(Format.TEXT, Level.TRACE, "dev.tallygate.X");
    Logger theirs = context.getLogger("io.netty.util");
    assertThat(ours.isTraceEnabled()).isTrue();
    assertThat(theirs.isDebugEnabled()).isFalse();
    assertThat(theirs.isInfoEnabled()).isTrue();
    configured(Format.TEXT, Level.ERROR, "dev.tallygate.X");
    assertThat(ours.isWarnEnabled()).isFalse();
    assertThat(theirs.isWarnEnabled()).isFalse();
  }

  @Test
  void whatClientsMakeTheirCodecTell_isLeftOut() {
    configured(Format.TEXT, Level.TRACE, "dev.tallygate.X");
    Logger codec = context.getLogger("io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder");
    assertThat(codec.isInfoEnabled()).isFalse();
    assertThat(codec.isWarnEnabled()).isTrue();
  }

  @Test
  void beforeConfiguration_infoIsLogged() {
    Logger ours = LoggerFactory.getLogger("dev.tallygate.X");
    assertThat(ours.isInfoEnabled()).isTrue();
    assertThat(ours.isDebugEnabled()).isFalse();
    assertThat(LoggerFactory.getLogger("io.netty").isDebugEnabled()).isFalse();
  }

  private Logger configured(Format format, Level level, String name) {
    Logs.configure(context, new Logging(format, level, true), out);
    return context.getLogger(name);
  }

  private List<String> written() {
    context.stop();
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static LoggerContext freshContext() {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    return context;
  }
}
