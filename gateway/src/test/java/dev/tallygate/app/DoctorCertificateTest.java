package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code doctor} says of {@code TLS_CERT} and {@code TLS_KEY}. */
class DoctorCertificateTest {
  @TempDir Path folder;

  @Test
  void goodOne_isWell() throws Exception {
    assertThat(finding(Certificates.make(folder, "EC", -1, 30)))
        .startsWith("ok: fits its key, valid until ");
  }

  @Test
  void oneThatEndsSoon_isToldOf() throws Exception {
    assertThat(finding(Certificates.make(folder, "EC", -30, 40)))
        .startsWith("note: valid only until ")
        .endsWith(" -> renew it");
  }

  @Test
  void expiredOne_isAProblem() throws Exception {
    assertThat(finding(Certificates.make(folder, "EC", -30, 20)))
        .startsWith("problem: expired at ");
  }

  @Test
  void oneOfTheFuture_isAProblem() throws Exception {
    assertThat(finding(Certificates.make(folder, "EC", 2, 20)))
        .startsWith("problem: not valid before ");
  }

  @Test
  void anotherKey_isAProblem() throws Exception {
    Path certificate = Certificates.make(folder).writeCertificate(folder.resolve("cert.pem"));
    Path key = Certificates.make(folder).writeKey(folder.resolve("key.pem"));
    assertThat(finding(certificate, key))
        .isEqualTo(
            "problem: TLS_KEY: not the key of the certificate in TLS_CERT -> mend it: a gateway does"
                + " not start with it");
  }

  @Test
  void keyThatEverybodyCanRead_isAProblem() throws Exception {
    Certificates known = Certificates.make(folder);
    Path key = known.writeKey(folder.resolve("key.pem"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(finding(known.writeCertificate(folder.resolve("cert.pem")), key))
        .isEqualTo(
            "problem: " + key + " can be read or written by every user -> chmod o-rwx " + key);
  }

  private String finding(Certificates known) throws Exception {
    Path key = known.writeKey(folder.resolve("key.pem"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    return finding(known.writeCertificate(folder.resolve("cert.pem")), key);
  }

  private String finding(Path certificate, Path key) throws Exception {
    CommandLineUnderTest tallygate = new CommandLineUnderTest(folder);
    tallygate.environment.put("TLS_CERT", certificate.toString());
    tallygate.environment.put("TLS_KEY", key.toString());
    tallygate.environment.put("OPENAI_UPSTREAM_URL", "http://127.0.0.1:1");
    tallygate.environment.put("ANTHROPIC_UPSTREAM_URL", "http://127.0.0.1:1");
    JsonNode checks = tallygate.run("doctor", "--format=json").json().get("checks");
    return StreamSupport.stream(checks.spliterator(), false)
        .filter(each -> each.get("check").asString().equals("certificate"))
        .map(each ->
            each.get("state").asString()
                + ": "
                + each.get("detail").asString()
                + (each.get("advice").isNull() ? "" : " -> " + each.get("advice").asString()))
        .findFirst()
        .orElse("");
  }
}
