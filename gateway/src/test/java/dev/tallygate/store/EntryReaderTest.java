package dev.tallygate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryReaderTest {
  private static final String HASH = KeyDigest.of("k").toString();

  private static List<KeyEntry> read(String entries) throws IOException, UnparsableException {
    List<KeyEntry> list = new ArrayList<>();
    KeyFileParser.parse(
        new ByteArrayInputStream(("{\"keys\":[" + entries + "]}").getBytes(StandardCharsets.UTF_8)),
        list::add);
    return list;
  }

  private static KeyEntry valid(String members) throws IOException, UnparsableException {
    return read("{\"key\":\"k\",\"expiry_date\":\"2027-01-01T00:00:00Z\",\"token_limit_per_5h\":5"
            + (members.isEmpty() ? "" : "," + members)
            + "}")
        .getFirst();
  }

  @Test
  void read_everyMemberThatPeopleOwn() throws Exception {
    ApiKey key =
        read("""
        {"key_hash":"%s","id":"team-a","name":"Team A","model":null,"models":["m1","m2"],
         "token_limit_per_5h":0,"requests_per_minute":3,"max_concurrent":2,
         "expiry_date":"2026-12-31T23:59:59+02:00","created_at":"2026-01-18T00:00:00.123Z",
         "disabled":true,"glmkey":"up","quota_mode":"strict","previous_key_hash":"%s",
         "previous_valid_until":"2026-03-01T00:00:00Z","unknown":{"a":[1,{}]}}
        """
                .formatted(HASH, KeyDigest.of("old")))
            .getFirst()
            .key();
    assertThat(key)
        .isEqualTo(
            new ApiKey(
                "team-a",
                KeyDigest.of("k"),
                "team-a",
                "Team A",
                null,
                List.of("m1", "m2"),
                0,
                3,
                2,
                Instant.parse("2026-12-31T21:59:59Z"),
                Instant.parse("2026-01-18T00:00:00.123Z"),
                true,
                new Secret("up"),
                QuotaMode.STRICT,
                new ApiKey.Previous(KeyDigest.of("old"), Instant.parse("2026-03-01T00:00:00Z"))));
  }

  @Test
  void read_nullsAndAbsenceAreNoLimits() throws Exception {
    KeyEntry entry =
        valid(
            "\"requests_per_minute\":null,\"max_concurrent\":null,\"key_hash\":null,\"models\":null");
    assertThat(entry.refusal()).isNull();
    ApiKey key = Objects.requireNonNull(entry.key());
    assertThat(key.requestsPerMinute()).isNull();
    assertThat(key.maxConcurrent()).isNull();
    assertThat(key.display()).isEqualTo("…");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"key_hash\":\"sha256:00\"|key_hash: malformed",
        "\"key_hash\":\"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"|disagree",
        "\"key\":\"k\"|key: given twice",
        "\"id\":\"\"|id: expected 1 to 200",
        "\"id\":7|id: 7 (expected: a string)",
        "\"id\":\"..\"|id: \"..\" (expected: a name other than . and ..",
        "\"id\":\"tg_0VgSxhVe3u2qJ9cYYSYWYmPyEBflNg0cj1zZ\"|id: a secret (expected: a name",
        "\"name\":[\"x\"]|name: wrong type (expected: a string)",
        "\"model\":\"\"|model: expected 1 to 200",
        "\"models\":[]|models: empty",
        "\"models\":[\"a\",3]|models: empty or not only names",
        "\"models\":\"a\"|models: \"a\" (expected: a list",
        "\"requests_per_minute\":0|requests_per_minute: 0 (expected: an integer from 1",
        "\"requests_per_minute\":3000000000|requests_per_minute: 3000000000",
        "\"max_concurrent\":1.5|max_concurrent: 1.5",
        "\"created_at\":\"yesterday\"|created_at: \"yesterday\" (expected: a date",
        "\"disabled\":\"no\"|disabled: \"no\" (expected: true or false)",
        "\"upstream_key\":\"a\\r\\nb\"|upstream_key: has characters",
        "\"upstream_key\":\"a\",\"glmkey\":\"b\"|disagree",
        "\"upstream_key\":{\"x\":1}|upstream_key: wrong type",
        "\"quota_mode\":\"lax\"|quota_mode: \"lax\" (expected: \"adaptive\" or \"strict\")",
        "\"previous_key_hash\":\"md5:1\"|previous_key_hash: malformed",
        "\"previous_key_hash\":\"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"|previous_valid_until: absent",
        "\"previous_valid_until\":7|previous_valid_until: 7 (expected: a string)",
      })
  void read_wrongMember_refusesTheEntry(String members, String reason) throws Exception {
    KeyEntry entry = valid(members);
    assertThat(entry.key()).isNull();
    assertThat(entry.refusal()).contains(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "{\"key\":\"k\",\"token_limit_per_5h\":5}|expiry_date: absent",
        "{\"key\":\"k\",\"token_limit_per_5h\":5,\"expiry_date\":\"2027-01-01\"}|expiry_date: \"2027-01-01\"",
        "{\"key\":\"k\",\"token_limit_per_5h\":5,\"expiry_date\":1}|expiry_date: 1 (expected",
        "{\"key\":\"k\",\"expiry_date\":\"2027-01-01T00:00:00Z\"}|token_limit_per_5h: absent",
        "{\"key\":\"k\",\"token_limit_per_5h\":-1,\"expiry_date\":\"2027-01-01T00:00:00Z\"}|token_limit_per_5h: -1",
        "{\"key\":\"k\",\"token_limit_per_5h\":1.0,\"expiry_date\":\"2027-01-01T00:00:00Z\"}|token_limit_per_5h: 1.0",
        "{\"key\":\"k\",\"token_limit_per_5h\":\"5\",\"expiry_date\":\"2027-01-01T00:00:00Z\"}|token_limit_per_5h: \"5\" (expected: an integer",
        "{\"key\":\"k\",\"token_limit_per_5h\":99999999999999999999,\"expiry_date\":\"2027-01-01T00:00:00Z\"}|token_limit_per_5h: 99",
        "{\"token_limit_per_5h\":5,\"expiry_date\":\"2027-01-01T00:00:00Z\"}|neither key nor key_hash",
        "{\"key\":\"\",\"token_limit_per_5h\":5,\"expiry_date\":\"2027-01-01T00:00:00Z\"}|key: empty",
        "{\"key\":12345,\"token_limit_per_5h\":5,\"expiry_date\":\"2027-01-01T00:00:00Z\"}|key: wrong type",
        "{}|neither key nor key_hash",
        "\"pk\"|not an object",
        "[[1]]|not an object",
        "null|not an object",
      })
  void read_badEntry_leavesTheOthersAlone(String bad, String reason) throws Exception {
    String good =
        "{\"key\":\"%s\",\"token_limit_per_5h\":5,\"expiry_date\":\"2027-01-01T00:00:00Z\"}";
    List<KeyEntry> entries = read(good.formatted("a") + "," + bad + "," + good.formatted("b"));
    assertThat(entries).hasSize(3);
    assertThat(entries.get(0).key()).isNotNull();
    assertThat(entries.get(1).refusal()).contains(reason).doesNotContain("12345");
    assertThat(entries.get(2).key()).isNotNull();
    assertThat(entries.get(2).position()).isEqualTo(3);
  }

  @Test
  void read_badUsage_isNothingUsed() throws Exception {
    KeyEntry entry =
        valid(
            "\"last_used\":5,\"total_lifetime_tokens\":\"x\",\"usage_windows\":[3,{\"tokens_used\":1},"
                + "{\"window_start\":\"2026-01-18T09:00:00Z\",\"tokens_used\":902,\"x\":[]},"
                + "{\"window_start\":\"x\",\"tokens_used\":1}]");
    assertThat(entry.refusal()).isNull();
    assertThat(entry.usage())
        .isEqualTo(
            new KeyUsage(
                0, null, List.of(new UsageWindow(Instant.parse("2026-01-18T09:00:00Z"), 902))));
  }

  @Test
  void read_usageBeyondReason_isBounded() throws Exception {
    KeyEntry entry =
        valid(
            "\"last_used\":\"+999999999-01-01T00:00:00Z\",\"total_lifetime_tokens\":9223372036854775807,"
                + "\"usage_windows\":[{\"window_start\":\"-0001-01-01T00:00:00Z\",\"tokens_used\":1},"
                + "{\"window_start\":\"2026-01-18T09:00:00Z\",\"tokens_used\":9223372036854775807}]");
    assertThat(entry.refusal()).isNull();
    assertThat(entry.usage())
        .isEqualTo(
            new KeyUsage(
                1L << 53,
                null,
                List.of(new UsageWindow(Instant.parse("2026-01-18T09:00:00Z"), 1L << 53))));
  }

  @Test
  void label_isNeverTheSecret() throws Exception {
    assertThat(read("{\"key\":\"pk_1\",\"name\":\"pk_1\"}").getFirst().label()).isEmpty();
    assertThat(read("{\"key\":\"pk_1\",\"name\":\"Bob\"}").getFirst().label()).isEqualTo("Bob");
  }
}
