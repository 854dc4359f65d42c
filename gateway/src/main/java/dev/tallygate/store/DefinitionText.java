package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A definition as members of an entry. Whatever is made here is read back with the reader's own
 * rules before it may go into the file. Stateless.
 */
final class DefinitionText {
  private DefinitionText() {}

  /**
   * A whole new entry.
   *
   * @throws IllegalArgumentException when the reader would refuse it; the message is its refusal
   */
  static String entry(ApiKey key, EntryText layout) throws IOException {
    Map<String, String> values = values(key, layout);
    values.put("last_used", "null");
    values.put("total_lifetime_tokens", "0");
    values.put("usage_windows", "[]");
    List<String> members = new ArrayList<>();
    values.forEach((name, value) -> members.add(layout.member(name, value)));
    String text = layout.object(members);
    requireReadable(text, key);
    return text;
  }

  /**
   * Writes into an entry what differs between two definitions, and the id where it has none.
   *
   * @return the new definition as the entry now has it
   * @throws IllegalArgumentException when the reader would refuse it; the message is its refusal
   */
  static ApiKey change(EntryMembers entry, ApiKey from, ApiKey to) throws IOException {
    Map<String, String> before = values(from, entry.layout());
    Map<String, String> after = values(to, entry.layout());
    for (String name : EntryMembers.ORDER) {
      String value = after.get(name);
      if (!Objects.equals(before.get(name), value)) {
        set(entry, name, value);
      }
    }
    if (entry.string("id") == null) {
      entry.set("id", EntryText.quoted(to.id()));
    }
    return requireReadable(entry.text(), to);
  }

  /** Whether the file would show any difference. */
  static boolean differ(ApiKey one, ApiKey other) {
    return !values(one, EntryText.TWO_SPACES).equals(values(other, EntryText.TWO_SPACES));
  }

  private static void set(EntryMembers entry, String name, @Nullable String value) {
    if (value == null) {
      entry.remove(name);
      if (name.equals("upstream_key")) {
        entry.remove("glmkey");
      }
    } else if (name.equals("key_hash")) {
      setDigest(entry, value);
    } else if (name.equals("upstream_key") && entry.has("glmkey")) {
      entry.set("glmkey", value);
      if (entry.has(name)) {
        entry.set(name, value);
      }
    } else {
      entry.set(name, value);
    }
  }

  private static void setDigest(EntryMembers entry, String value) {
    if (entry.has("key_hash")) {
      entry.set("key_hash", value);
      entry.remove("key");
    } else {
      entry.replace("key", "key_hash", value);
    }
  }

  private static Map<String, String> values(ApiKey key, EntryText layout) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("id", EntryText.quoted(key.id()));
    values.put("key_hash", EntryText.quoted(key.digest().toString()));
    ApiKey.Previous previous = key.previous();
    if (previous != null) {
      values.put("previous_key_hash", EntryText.quoted(previous.digest().toString()));
      values.put("previous_valid_until", time(previous.validUntil()));
    }
    values.put("name", EntryText.quoted(key.name()));
    if (key.model() != null) {
      values.put("model", EntryText.quoted(key.model()));
    }
    if (!key.models().isEmpty()) {
      values.put("models", layout.strings(key.models()));
    }
    values.put("token_limit_per_5h", Long.toString(key.tokenLimitPer5h()));
    if (key.requestsPerMinute() != null) {
      values.put("requests_per_minute", key.requestsPerMinute().toString());
    }
    if (key.maxConcurrent() != null) {
      values.put("max_concurrent", key.maxConcurrent().toString());
    }
    values.put("expiry_date", time(key.expiresAt()));
    if (key.createdAt() != null) {
      values.put("created_at", time(key.createdAt()));
    }
    if (key.disabled()) {
      values.put("disabled", "true");
    }
    if (key.upstreamKey() != null) {
      values.put("upstream_key", EntryText.quoted(key.upstreamKey().reveal()));
    }
    if (key.quotaMode() != QuotaMode.ADAPTIVE) {
      values.put("quota_mode", EntryText.quoted("strict"));
    }
    return values;
  }

  private static String time(Instant at) {
    return EntryText.quoted(EntryText.timestamp(at));
  }

  private static ApiKey requireReadable(String text, ApiKey wanted) throws IOException {
    List<KeyEntry> read = new ArrayList<>();
    String document = "{\"keys\":[" + text + "]}";
    try {
      KeyFileParser.parse(
          new ByteArrayInputStream(document.getBytes(StandardCharsets.UTF_8)), read::add);
    } catch (UnparsableException e) {
      throw new IllegalStateException("an entry of our own: " + e.getMessage(), e);
    }
    KeyEntry entry = read.getFirst();
    if (entry.refusal() != null) {
      throw new IllegalArgumentException(entry.refusal());
    }
    ApiKey key = Objects.requireNonNull(entry.key());
    if (differ(key, wanted)) {
      throw new IllegalStateException("key " + wanted.id() + ": the entry says something else");
    }
    return key;
  }
}
