package dev.tallygate.app.doctor;

import dev.tallygate.config.Config;
import dev.tallygate.model.Ticker;
import dev.tallygate.server.ServerTls;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/** Whether the certificate that clients are shown can be used, and for how long. */
final class CertificateCheck {
  private static final String CHECK = "certificate";
  private static final Duration SOON = Duration.ofDays(14);

  private CertificateCheck() {}

  static Finding of(Config.Tls files, Ticker ticker) {
    ServerTls.Validity validity;
    try {
      validity = ServerTls.validity(files.certificate(), files.key());
    } catch (IOException e) {
      return Finding.problem(
          CHECK, String.valueOf(e.getMessage()), "mend it: a gateway does not start with it");
    }
    Instant now = ticker.now();
    Instant end = validity.end();
    if (now.isBefore(validity.begin())) {
      return Finding.problem(
          CHECK, "not valid before " + validity.begin(), "is the clock right? no client takes it");
    }
    if (now.isAfter(end)) {
      return Finding.problem(CHECK, "expired at " + end, "renew it: no client takes it");
    }
    if (Permissions.includeOthers(files.key())) {
      return Finding.problem(
          CHECK,
          files.key() + " can be read or written by every user",
          "chmod o-rwx " + files.key());
    }
    return end.isBefore(now.plus(SOON))
        ? Finding.note(CHECK, "valid only until " + end, "renew it")
        : Finding.ok(CHECK, "fits its key, valid until " + end);
  }
}
