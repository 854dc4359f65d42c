package dev.tallygate.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tallygate.auth.NewKey;
import dev.tallygate.keys.JsonFields.MalformedException;
import dev.tallygate.keys.Rotation.PreviousInGraceException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class KeyFieldsTest {
  private static final Instant NOW = Instant.parse("2026-01-18T12:00:00Z");
  private static final KeyDigest MADE = KeyDigest.of("made");
  private static final ApiKey KEY =
      new ApiKey(
          "ada",
          KeyDigest.of("hers"),
          "ada",
          "Ada",
          "*",
          List.of("a", "b"),
          5,
          6,
          7,
          Instant.parse("2025-01-01T00:00:00Z"),
          null,
          true,
          new Secret("up"),
          QuotaMode.STRICT,
          null);

  private static KeyFields fields(String text) {
    try {
      return new KeyFields(JsonFields.parse(text, KeyFields.OF_A_NEW_KEY));
    } catch (MalformedException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void copyOfAKey_makesTheSameKey_expiredAndDisabledAsItIs() {
    ObjectNode copy = KeyJson.copy(KEY);
    assertThat(copy.propertyNames()).containsExactlyInAnyOrderElementsOf(KeyFields.OF_A_NEW_KEY);
    NewKey read = new KeyFields(JsonFields.of(copy, KeyFields.OF_A_NEW_KEY)).newKey(MADE, NOW);
    assertThat(read)
        .isEqualTo(
            new NewKey(
                KEY.digest(),
                "ada",
                "Ada",
                "*",
                List.of("a", "b"),
                5,
                6,
                7,
                KEY.expiresAt(),
                true,
                new Secret("up"),
                QuotaMode.STRICT));
  }

  @Test
  void shown_tellsNoSecret_andAGraceOnlyWhileItRuns() {
    ApiKey rotated = new KeyDraft(KEY).rotate(KeyDigest.of("new"), NOW.plusSeconds(1)).key();
    ObjectNode shown = KeyJson.shown(rotated, NOW);
    assertThat(shown.path("previous_valid_until").asString()).isEqualTo("2026-01-18T12:00:01Z");
    assertThat(shown.toString()).doesNotContain("sha256", "\"up\"");
    assertThat(KeyJson.shown(rotated, NOW.plusSeconds(1)).path("previous_valid_until").isNull())
        .isTrue();
  }

  @Test
  void newKey_hasDefaults_andATimeToLive() {
    NewKey key = fields("{\"name\":\"x\",\"disabled\":null}").newKey(MADE, NOW);
    assertThat(key.digest()).isEqualTo(MADE);
    assertThat(key.disabled()).isFalse();
    assertThat(key.tokenLimitPer5h()).isEqualTo(100_000);
    assertThatExceptionOfType(BadFieldsException.class)
        .isThrownBy(() ->
            fields("{\"name\":\"x\",\"expiry_date\":\"2026-01-18T12:00:00Z\"}").newKey(MADE, NOW))
        .satisfies(e ->
            assertThat(e.errors())
                .containsExactly(new FieldError("expiry_date", "is in the past")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "7", "{} {}", "{\"name\":hers}", "{\"a\":1,}", "\u0000"})
  void whatIsNoObject_isSaidInOurWords(String text) {
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> JsonFields.parse(text, KeyFields.OF_A_NEW_KEY))
        .withMessageMatching(
            "is no JSON object|is no JSON at \\d+:\\d+|has something after the JSON object");
  }

  @Test
  void secondRotationWithinAGrace_hasToBeMeant() {
    KeyDigest third = KeyDigest.of("third");
    Rotation hour = new Rotation(Duration.ofHours(1), false);
    ApiKey once = hour.of(KEY, KeyDigest.of("second"), NOW);
    assertThat(once.previous())
        .isEqualTo(new ApiKey.Previous(KEY.digest(), NOW.plus(Duration.ofHours(1))));
    assertThatExceptionOfType(PreviousInGraceException.class)
        .isThrownBy(() -> hour.of(once, third, NOW.plusSeconds(3599)))
        .withMessageContaining("works until 2026-01-18T13:00:00Z");
    assertThat(hour.of(once, third, NOW.plusSeconds(3600)).digest()).isEqualTo(third);
    assertThat(new Rotation(Duration.ofHours(1), true).of(once, third, NOW).shares(KEY)).isFalse();
    assertThat(new Rotation(Duration.ZERO, false).of(once, third, NOW).previous()).isNull();
  }
}
