package dev.tallygate.app.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** The authorities that a gateway trusts upstream: Java's, and those of a file besides. */
final class Trust {
  private Trust() {}

  static SSLSocketFactory of(@Nullable Path caFile) throws IOException {
    try {
      KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
      authorities.load(null, null);
      int count = 0;
      for (X509Certificate each : ofJava()) {
        authorities.setCertificateEntry("java-" + count++, each);
      }
      if (caFile != null) {
        try (InputStream in = Files.newInputStream(caFile)) {
          for (Certificate each :
              CertificateFactory.getInstance("X.509").generateCertificates(in)) {
            authorities.setCertificateEntry("file-" + count++, each);
          }
        }
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory(authorities).getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificate authorities cannot be read: " + e.getMessage(), e);
    }
  }

  private static X509Certificate[] ofJava() throws GeneralSecurityException {
    for (TrustManager each : factory(null).getTrustManagers()) {
      if (each instanceof X509TrustManager x509) {
        return x509.getAcceptedIssuers();
      }
    }
    return new X509Certificate[0];
  }

  private static TrustManagerFactory factory(@Nullable KeyStore authorities)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities);
    return factory;
  }
}
