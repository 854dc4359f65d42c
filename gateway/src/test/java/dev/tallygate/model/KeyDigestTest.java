package dev.tallygate.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class KeyDigestTest {
  private static final String ABC_SHA_256 =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void of_isSha256OfUtf8() {
    assertThat(KeyDigest.of("abc").hex()).isEqualTo(ABC_SHA_256);
  }

  @Test
  void parse_readsWhatToStringWrites() {
    KeyDigest digest = KeyDigest.parse("sha256:" + ABC_SHA_256);
    assertThat(digest).isEqualTo(KeyDigest.of("abc")).hasSameHashCodeAs(KeyDigest.of("abc"));
    assertThat(KeyDigest.parse(digest.toString())).isEqualTo(digest);
    assertThat(digest).isNotEqualTo(KeyDigest.of("abd"));
  }

  @Test
  void parse_refusesOtherForms() {
    for (String bad :
        new String[] {
          "", "sha256:", "sha1:" + ABC_SHA_256, ABC_SHA_256, "sha256:" + "g".repeat(64)
        }) {
      assertThatIllegalArgumentException().isThrownBy(() -> KeyDigest.parse(bad));
    }
  }
}
