package dev.tallygate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.tallygate.testkit.Certificates;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateFilesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA", "RSASSA-PSS", "Ed25519"})
  void key_isTakenForThatOfItsCertificate_andNoOther(String kind) throws Exception {
    Certificates one = Certificates.make(folder, kind, -1, 30);
    Certificates other = Certificates.make(folder, kind, -1, 30);
    Path certificate = one.writeCertificate(folder.resolve("cert.pem"));
    Path key = one.writeKey(folder.resolve("key.pem"));
    Path wrong = other.writeKey(folder.resolve("other.pem"));

    CertificateFiles.Pair pair = CertificateFiles.read(certificate, key).parse();
    assertThat(pair.first()).isEqualTo(one.certificate());
    assertThatIOException()
        .isThrownBy(() -> CertificateFiles.read(certificate, wrong).parse())
        .withMessage("TLS_KEY: not the key of the certificate in TLS_CERT");
  }

  @Test
  void keyOfAnotherKind_isRefused() throws Exception {
    Path certificate =
        Certificates.make(folder, "RSA", -1, 30).writeCertificate(folder.resolve("cert.pem"));
    Path key = Certificates.make(folder, "EC", -1, 30).writeKey(folder.resolve("key.pem"));
    assertThatIOException()
        .isThrownBy(() -> CertificateFiles.read(certificate, key).parse())
        .withMessage("TLS_KEY: not the key of the certificate in TLS_CERT");
  }
}
