package dev.tallygate.server;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS towards clients: TLS 1.2 or later, HTTP/2 and HTTP/1.1 by ALPN. Certificate and key are read
 * again when their files change, as they do when a certificate is renewed; connections that are
 * open keep the old ones. Thread-safe.
 */
public final class ServerTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
  private static final long LOOK_EVERY_MILLIS = 1_000;

  private final Path certificate;
  private final Path key;
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("tls-files").factory());
  private volatile SslContext context;
  // What was found last, good or bad, so that bad files are told of once; only with the lock.
  private CertificateFiles seen;
  private String toldOf = "";

  private ServerTls(Path certificate, Path key) throws IOException {
    this.certificate = certificate;
    this.key = key;
    this.seen = CertificateFiles.read(certificate, key);
    this.context = context(seen.parse());
  }

  /**
   * Reads both files, and looks from now on whether they change.
   *
   * @param certificate PEM, the server's first, then those between it and its authority
   * @param key PEM (PKCS #8), without a password
   * @throws IOException when a file cannot be read or holds something else, or the key is not the
   *     certificate's; the message is for the operator and shows nothing of the key
   */
  public static ServerTls start(Path certificate, Path key) throws IOException {
    ServerTls tls = new ServerTls(certificate, key);
    var _ =
        tls.looks.scheduleWithFixedDelay(
            tls::reload, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    return tls;
  }

  /**
   * From when to when clients take a certificate.
   *
   * @param begin the first moment
   * @param end the last
   */
  public record Validity(Instant begin, Instant end) {}

  /**
   * Looks whether a server could start with these files, as {@link #start} does.
   *
   * @throws IOException when it could not; the message is for the operator
   */
  public static Validity validity(Path certificate, Path key) throws IOException {
    CertificateFiles.Pair pair = CertificateFiles.read(certificate, key).parse();
    var _ = context(pair);
    X509Certificate first = pair.first();
    return new Validity(first.getNotBefore().toInstant(), first.getNotAfter().toInstant());
  }

  /** Looks at the files now. What cannot be used is logged, once, and what was in use stays. */
  public synchronized void reload() {
    try {
      CertificateFiles now = CertificateFiles.read(certificate, key);
      if (now.equals(seen)) {
        return;
      }
      toldOf = "";
      seen = now;
      CertificateFiles.Pair pair = now.parse();
      context = context(pair);
      LOG.info("new certificate, valid until {}", pair.first().getNotAfter().toInstant());
    } catch (IOException | RuntimeException e) {
      // Perhaps one of the two files is written and the other is not yet: looked at again. That
      // whatever it is that went wrong: thrown on, it would end the looking.
      String complaint = String.valueOf(e.getMessage());
      if (!complaint.equals(toldOf)) {
        LOG.warn("the certificate in use stays: {}", complaint);
      }
      toldOf = complaint;
    }
  }

  /** For a connection that has just been accepted. */
  SslHandler handler(ByteBufAllocator allocator, Duration handshakeTimeout) {
    SslHandler handler = context.newHandler(allocator);
    handler.setHandshakeTimeoutMillis(handshakeTimeout.toMillis());
    return handler;
  }

  private static SslContext context(CertificateFiles.Pair pair) throws IOException {
    try {
      return builder(pair).build();
    } catch (SSLException | RuntimeException e) {
      throw new IOException("TLS_CERT: of a kind that cannot be served: " + e.getMessage(), e);
    }
  }

  private static SslContextBuilder builder(CertificateFiles.Pair pair) {
    return SslContextBuilder.forServer(pair.key(), pair.chain())
        .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
        .protocols("TLSv1.3", "TLSv1.2")
        .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2,
                ApplicationProtocolNames.HTTP_1_1));
  }

  /** Looks no more. */
  @Override
  public void close() {
    looks.shutdownNow();
  }
}
