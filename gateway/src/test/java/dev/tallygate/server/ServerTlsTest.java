package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tallygate.testkit.Certificates;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ServerTlsTest {
  @TempDir Path folder;

  private final Logger logger = (Logger) LoggerFactory.getLogger(ServerTls.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  /** What SIGHUP does, with nothing to wait for. */
  @Test
  void reload_takesANewCertificateAtOnce_andNoneWithoutItsKey() throws Exception {
    Path certificate = folder.resolve("cert.pem");
    Path key = folder.resolve("key.pem");
    Certificates one = Certificates.make(folder);
    one.writeCertificate(certificate);
    one.writeKey(key);
    Certificates other = Certificates.make(folder);
    try (ServerTls tls = ServerTls.start(certificate, key)) {
      other.writeKey(key);
      tls.reload();
      assertThat(lines()).singleElement().asString().startsWith("the certificate in use stays: ");
      other.writeCertificate(certificate);
      tls.reload();
      assertThat(lines()).hasSize(2).last().asString().startsWith("new certificate, valid until ");
    }
  }

  private List<String> lines() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
