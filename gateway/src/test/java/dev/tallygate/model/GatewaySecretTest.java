package dev.tallygate.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GatewaySecretTest {
  private final SecureRandom random = new SecureRandom();

  @Test
  void generate_makesWellFormedKeysThatDiffer() {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      String secret = GatewaySecret.generate(random);
      assertThat(secret).matches("tg_[0-9A-Za-z]{36}");
      assertThat(GatewaySecret.isMalformed(secret)).isFalse();
      made.add(secret);
    }
    assertThat(made).hasSize(200);
  }

  @Test
  void isMalformed_noticesEveryChangedCharacter() {
    String secret = GatewaySecret.generate(random);
    for (int i = 3; i < secret.length(); i++) {
      char other = secret.charAt(i) == 'a' ? 'b' : 'a';
      String mistyped = secret.substring(0, i) + other + secret.substring(i + 1);
      assertThat(GatewaySecret.isMalformed(mistyped)).as("position %d", i).isTrue();
    }
  }

  @Test
  void isMalformed_noticesLengthAndAlphabet() {
    String secret = GatewaySecret.generate(random);
    assertThat(GatewaySecret.isMalformed(secret.substring(0, secret.length() - 1))).isTrue();
    assertThat(GatewaySecret.isMalformed(secret + "0")).isTrue();
    assertThat(GatewaySecret.isMalformed("tg_")).isTrue();
    assertThat(GatewaySecret.isMalformed(secret.replace(secret.charAt(9), '-'))).isTrue();
    assertThat(GatewaySecret.isMalformed(secret.replace(secret.charAt(9), 'é'))).isTrue();
  }

  @Test
  void isMalformed_leavesLegacyKeysAlone() {
    assertThat(GatewaySecret.isMalformed("pk_user_12345")).isFalse();
    assertThat(GatewaySecret.isMalformed("TG_x")).isFalse();
    assertThat(GatewaySecret.isMalformed("")).isFalse();
  }

  @Test
  void checksum_isStable() {
    // Worked out apart from this code: CRC32 of the text before it is 0xff198125 = 4279861541.
    assertThat(GatewaySecret.isMalformed("tg_" + "0".repeat(30) + "4fdrUr")).isFalse();
  }

  @Test
  void mask_showsBothEnds() {
    assertThat(GatewaySecret.mask("pk_user_12345")).isEqualTo("pk_user_…2345");
    String secret = GatewaySecret.generate(random);
    assertThat(GatewaySecret.mask(secret))
        .isEqualTo(secret.substring(0, 8) + "…" + secret.substring(35));
  }

  @Test
  void mask_showsAtMostAThirdOfAShortSecret() {
    assertThat(GatewaySecret.mask("pk_abcdefghi")).isEqualTo("pk_a…");
    assertThat(GatewaySecret.mask("abc")).isEqualTo("a…");
    assertThat(GatewaySecret.mask("ab")).isEqualTo("…");
    assertThat(GatewaySecret.mask("")).isEqualTo("…");
  }

  @Test
  void brief_showsTheBeginning() {
    assertThat(GatewaySecret.brief("pk_user_12345")).isEqualTo("pk_user_...");
    assertThat(GatewaySecret.brief("pk_abcdefghi")).isEqualTo("pk_a...");
    assertThat(GatewaySecret.brief("")).isEqualTo("...");
  }

  @Test
  void brief_cannotBreakALogLine() {
    assertThat(GatewaySecret.brief("a\nb\u001b[31mé and more text")).isEqualTo("a?b?[31m...");
  }

  @Test
  void isIn_findsMostOfASecret_butNoWord() {
    String secret = GatewaySecret.generate(new SecureRandom());
    assertThat(GatewaySecret.isIn("Ada (" + secret + ")")).isTrue();
    assertThat(GatewaySecret.isIn(secret.substring(0, 30))).isTrue();
    assertThat(GatewaySecret.isIn("tg_support_channel_of_the_team_at_large")).isFalse();
    assertThat(GatewaySecret.isIn("tg_")).isFalse();
  }
}
