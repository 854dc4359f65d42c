package dev.tallygate.proxy;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** TLS towards upstreams: TLS 1.2 or later, certificate and host name always verified. */
public final class UpstreamTls {
  private UpstreamTls() {}

  /**
   * Trusts the JDK's authorities and, when given, those of a PEM file besides.
   *
   * @throws IOException when the file cannot be read or holds no certificate
   */
  public static SslContext context(@Nullable Path caFile) throws IOException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .protocols("TLSv1.3", "TLSv1.2")
            .endpointIdentificationAlgorithm("HTTPS");
    if (caFile != null) {
      List<X509Certificate> trusted = new ArrayList<>(read(caFile));
      trusted.addAll(jdkAuthorities());
      builder.trustManager(trusted);
    }
    return builder.build();
  }

  private static List<X509Certificate> read(Path pem) throws IOException {
    Collection<? extends Certificate> found;
    try (InputStream in = Files.newInputStream(pem)) {
      found = CertificateFactory.getInstance("X.509").generateCertificates(in);
    } catch (GeneralSecurityException e) {
      throw new IOException(pem + ": not a PEM file of certificates", e);
    }
    if (found.isEmpty()) {
      throw new IOException(pem + ": holds no certificate");
    }
    return found.stream().map(X509Certificate.class::cast).toList();
  }

  private static List<X509Certificate> jdkAuthorities() {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          return List.of(x509.getAcceptedIssuers());
        }
      }
      return List.of();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK's own authorities cannot be read", e);
    }
  }
}
