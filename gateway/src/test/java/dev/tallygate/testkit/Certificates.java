package dev.tallygate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A certificate for {@code localhost} and 127.0.0.1 that is its own authority, made by the JDK's
 * keytool.
 */
public final class Certificates {
  private static final char[] PASSWORD = "change-it".toCharArray();

  private static @Nullable Certificates common;

  private final KeyStore store;

  private Certificates(KeyStore store) {
    this.store = store;
  }

  /** The same one whenever it is asked for, for tests that need no more than one. */
  public static synchronized Certificates common() throws Exception {
    if (common == null) {
      Path folder = Files.createTempDirectory("certificates-");
      common = make(folder);
      Files.delete(folder);
    }
    return common;
  }

  /** Makes a new one, valid for a month. */
  public static Certificates make(Path folder) throws Exception {
    return make(folder, "EC", -1, 30);
  }

  /**
   * Makes a new one.
   *
   * @param kind of its key, a {@code -keyalg} of keytool
   * @param begin the day from which it is valid; 0: now, -1: since yesterday
   * @param days how long it is valid from then
   */
  public static Certificates make(Path folder, String kind, int begin, int days) throws Exception {
    Path file = Files.createTempDirectory(folder, "certificate-").resolve("store.p12");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-keyalg",
                kind,
                "-startdate",
                String.format("%+dd", begin),
                "-validity",
                String.valueOf(days),
                "-keystore",
                file.toString(),
                "-storepass",
                String.valueOf(PASSWORD))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    Files.delete(file);
    Files.delete(file.getParent());
    return new Certificates(store);
  }

  /** The certificate. */
  public X509Certificate certificate() throws Exception {
    return (X509Certificate) store.getCertificate("server");
  }

  /** Writes the certificate as PEM. */
  public Path writeCertificate(Path file) throws Exception {
    return write(file, "CERTIFICATE", certificate().getEncoded());
  }

  /** Writes the private key as PEM. */
  public Path writeKey(Path file) throws Exception {
    Key key = store.getKey("server", PASSWORD);
    return write(file, "PRIVATE KEY", key.getEncoded());
  }

  private static Path write(Path file, String what, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    String pem = "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
    return Files.writeString(file, pem);
  }

  /** What a client trusts that knows this certificate, and no other. */
  public SSLContext trusting() throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore known = KeyStore.getInstance("PKCS12");
    known.load(null, null);
    known.setCertificateEntry("server", certificate());
    trust.init(known);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    // It keeps 20,480 sessions otherwise, which in a long test look like a leak of the gateway's.
    tls.getClientSessionContext().setSessionCacheSize(64);
    return tls;
  }
}
