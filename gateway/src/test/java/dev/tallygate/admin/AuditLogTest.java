package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tallygate.model.FakeTicker;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AuditLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("tallygate.audit");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final FakeTicker ticker = new FakeTicker();
  private final WrongTokens attempts = new WrongTokens(ticker);
  private final AuditLog audit = new AuditLog();

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(lines);
  }

  private void tryFrom(int address) throws Exception {
    InetAddress from =
        InetAddress.getByAddress(new byte[] {10, 0, (byte) (address >> 8), (byte) address});
    audit.wrongToken(
        new Request("GET", "/", Map.of(), new DefaultHttpHeaders(), "", from),
        attempts.failed(from));
  }

  @Test
  void guessesFromManyAddresses_leaveAHundredLinesAMinute() throws Exception {
    for (int address = 0; address < 1_000; address++) {
      tryFrom(address);
    }
    assertThat(lines.list).hasSize(WrongTokens.MOST_TOLD);
    assertThat(lines.list.get(98).getFormattedMessage()).isEqualTo("wrong admin token");
    assertThat(lines.list.get(99).getFormattedMessage()).contains("one of many", "not logged");
    ticker.advance(Duration.ofMinutes(1));
    tryFrom(2_000);
    assertThat(lines.list).hasSize(WrongTokens.MOST_TOLD + 1);
  }
}
