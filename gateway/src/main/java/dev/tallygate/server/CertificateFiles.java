package dev.tallygate.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the files of a certificate and its key held at one time, a character for each byte.
 *
 * @param certificate of {@code TLS_CERT}
 * @param key of {@code TLS_KEY}
 */
record CertificateFiles(String certificate, String key) {
  /** PKCS #8 (RFC 7468 §10), the form that all kinds of keys have. */
  private static final Pattern PRIVATE_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  /**
   * A certificate and the key it belongs to.
   *
   * @param chain the server's certificate, then those between it and its authority
   */
  record Pair(List<X509Certificate> chain, PrivateKey key) {
    X509Certificate first() {
      return chain.getFirst();
    }
  }

  /**
   * Reads both.
   *
   * @throws IOException when one cannot be read; the message is for the operator
   */
  static CertificateFiles read(Path certificate, Path key) throws IOException {
    return new CertificateFiles(text("TLS_CERT", certificate), text("TLS_KEY", key));
  }

  private static String text(String setting, Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new IOException(setting + "=" + file + ": cannot be read", e);
    }
  }

  /** Shows nothing of the key. */
  @Override
  public String toString() {
    return "CertificateFiles";
  }

  /**
   * What they hold.
   *
   * @throws IOException when they hold something else, or the key is another certificate's; the
   *     message is for the operator, and shows nothing of the key
   */
  Pair parse() throws IOException {
    List<X509Certificate> chain = chain();
    PrivateKey secret = privateKey(chain.getFirst());
    return new Pair(chain, secret);
  }

  private List<X509Certificate> chain() throws IOException {
    try {
      List<X509Certificate> chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(certificate.getBytes(StandardCharsets.ISO_8859_1)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!chain.isEmpty()) {
        return chain;
      }
    } catch (CertificateException e) {
      throw new IOException("TLS_CERT: not a PEM file of certificates", e);
    }
    throw new IOException("TLS_CERT: holds no certificate");
  }

  private PrivateKey privateKey(X509Certificate owner) throws IOException {
    Matcher pem = PRIVATE_KEY.matcher(key);
    if (!pem.find()) {
      throw new IOException(
          "TLS_KEY: holds no 'BEGIN PRIVATE KEY' (PKCS #8, without a password); openssl pkcs8 -topk8"
              + " -nodes makes one of other forms");
    }
    try {
      byte[] encoded = Base64.getMimeDecoder().decode(pem.group(1));
      PrivateKey secret =
          KeyFactory.getInstance(owner.getPublicKey().getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
      if (fits(secret, owner)) {
        return secret;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException("TLS_KEY: not the key of the certificate in TLS_CERT", e);
    }
    throw new IOException("TLS_KEY: not the key of the certificate in TLS_CERT");
  }

  private static boolean fits(PrivateKey secret, X509Certificate owner)
      throws GeneralSecurityException {
    if (secret instanceof RSAKey ours && owner.getPublicKey() instanceof RSAKey theirs) {
      return ours.getModulus().equals(theirs.getModulus());
    }
    byte[] sample = owner.getEncoded();
    Signature signature =
        Signature.getInstance(secret.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "EdDSA");
    signature.initSign(secret);
    signature.update(sample);
    byte[] signed = signature.sign();
    signature.initVerify(owner.getPublicKey());
    signature.update(sample);
    return signature.verify(signed);
  }
}
