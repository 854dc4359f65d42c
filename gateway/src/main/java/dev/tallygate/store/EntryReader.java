package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads and checks the entries of one key file, one after the other. Members it does not know are
 * passed over; the first thing wrong with an entry is its refusal. Confined to one thread.
 */
final class EntryReader {
  private static final int MAX_NAME = 200;
  private static final int SHARED_MAX = 10_000;

  /** The first mistake of an entry. Stackless: a file may be full of them. */
  private static final class Refused extends RuntimeException {
    Refused(String reason) {
      super(reason, null, false, false);
    }
  }

  // Most keys of a file share their dates and models; one object each then.
  private final Map<String, Instant> dates = new HashMap<>();
  private final Map<String, String> models = new HashMap<>();
  private final Map<List<String>, List<String>> modelLists = new HashMap<>();

  /** The people-owned members as they stand, before they are looked at together. */
  private static final class Fields {
    final Set<String> seen = new HashSet<>();
    @Nullable String refusal;
    @Nullable String secret;
    @Nullable KeyDigest hash;
    @Nullable String id;
    @Nullable String name;
    @Nullable String model;
    List<String> models = List.of();
    @Nullable Long limit;
    @Nullable Integer requestsPerMinute;
    @Nullable Integer maxConcurrent;
    @Nullable Instant expiry;
    @Nullable Instant created;
    boolean disabled;
    @Nullable String upstreamKey;
    QuotaMode quotaMode = QuotaMode.ADAPTIVE;
    @Nullable KeyDigest previousHash;
    @Nullable Instant previousValidUntil;
    @Nullable Instant lastUsed;
    long lifetime;
    List<UsageWindow> windows = List.of();
  }

  /** Reads the value the parser stands on, up to its end. */
  KeyEntry read(JsonParser p, int position) {
    long start = p.currentTokenLocation().getByteOffset();
    if (p.currentToken() != JsonToken.START_OBJECT) {
      p.skipChildren();
      p.finishToken();
      long end = offset(p);
      return new KeyEntry(
          position,
          "",
          null,
          "not an object",
          new Span(start, end),
          start,
          end,
          false,
          KeyUsage.NONE,
          null,
          null,
          null);
    }
    Fields f = new Fields();
    long first = -1;
    long membersEnd = -1;
    Span lastUsed = null;
    Span lifetime = null;
    Span windows = null;
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      if (first < 0) {
        first = p.currentTokenLocation().getByteOffset();
      }
      String member = p.currentName();
      JsonToken token = p.nextToken();
      long from = p.currentTokenLocation().getByteOffset();
      try {
        member(p, member, token, f);
      } catch (Refused | IllegalArgumentException e) {
        f.refusal = f.refusal == null ? e.getMessage() : f.refusal;
      }
      // A refused value may be left half-read; skipping does nothing after its end.
      if (p.currentToken() == JsonToken.START_ARRAY || p.currentToken() == JsonToken.START_OBJECT) {
        p.skipChildren();
      }
      p.finishToken();
      membersEnd = offset(p);
      Span span = new Span(from, membersEnd);
      switch (member) {
        case "last_used" -> lastUsed = span;
        case "total_lifetime_tokens" -> lifetime = span;
        case "usage_windows" -> windows = span;
        default -> {}
      }
    }
    ApiKey key = null;
    if (f.refusal == null) {
      try {
        key = define(f);
      } catch (Refused | IllegalArgumentException e) {
        f.refusal = e.getMessage();
      }
    }
    return new KeyEntry(
        position,
        label(f),
        key,
        f.refusal,
        new Span(start, offset(p)),
        first,
        membersEnd,
        f.id != null,
        new KeyUsage(0, f.lifetime, f.lastUsed, f.windows),
        lastUsed,
        lifetime,
        windows);
  }

  private void member(JsonParser p, String name, JsonToken token, Fields f) {
    switch (name) {
      case "last_used" -> f.lastUsed = lenientDate(p);
      case "total_lifetime_tokens" -> f.lifetime = lenientCount(p);
      case "usage_windows" -> f.windows = windows(p);
      case "key",
          "key_hash",
          "id",
          "name",
          "model",
          "models",
          "token_limit_per_5h",
          "requests_per_minute",
          "max_concurrent",
          "expiry_date",
          "created_at",
          "disabled",
          "upstream_key",
          "glmkey",
          "quota_mode",
          "previous_key_hash",
          "previous_valid_until" -> {
        if (!f.seen.add(name)) {
          throw new Refused(name + ": given twice");
        }
        // null is how scripts write "not set"
        if (token != JsonToken.VALUE_NULL) {
          owned(p, name, f);
        }
      }
      default -> p.skipChildren();
    }
  }

  private void owned(JsonParser p, String name, Fields f) {
    switch (name) {
      case "key" -> f.secret = secret(p, name);
      case "key_hash" -> f.hash = hash(p, name);
      case "id" -> f.id = plainName(p, name);
      case "name" -> f.name = string(p, name);
      case "model" -> f.model = model(p, name);
      case "models" -> f.models = models(p, name);
      case "token_limit_per_5h" -> f.limit = integer(p, name, 0, Long.MAX_VALUE);
      case "requests_per_minute" ->
          f.requestsPerMinute = (int) integer(p, name, 1, Integer.MAX_VALUE);
      case "max_concurrent" -> f.maxConcurrent = (int) integer(p, name, 1, Integer.MAX_VALUE);
      case "expiry_date" -> f.expiry = date(p, name);
      case "created_at" -> f.created = date(p, name);
      case "disabled" -> f.disabled = bool(p, name);
      case "upstream_key", "glmkey" -> {
        String value = secret(p, name);
        if (f.upstreamKey != null && !f.upstreamKey.equals(value)) {
          throw new Refused("upstream_key and glmkey disagree (expected: one of them)");
        }
        if (!value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
          throw new Refused(name + ": has characters that no HTTP header can carry");
        }
        f.upstreamKey = value;
      }
      case "quota_mode" ->
          f.quotaMode =
              switch (string(p, name)) {
                case "adaptive" -> QuotaMode.ADAPTIVE;
                case "strict" -> QuotaMode.STRICT;
                default -> throw wrong(p, name, "\"adaptive\" or \"strict\"");
              };
      case "previous_key_hash" -> f.previousHash = hash(p, name);
      case "previous_valid_until" -> f.previousValidUntil = date(p, name);
      default -> throw new IllegalStateException(name);
    }
  }

  private static ApiKey define(Fields f) {
    KeyDigest digest = f.hash;
    String display = null;
    String secret = f.secret;
    if (secret != null) {
      KeyDigest ofSecret = KeyDigest.of(secret);
      if (digest != null && !digest.equals(ofSecret)) {
        throw new Refused("key and key_hash disagree (expected: one of them)");
      }
      digest = ofSecret;
      display = GatewaySecret.mask(secret);
    }
    if (digest == null) {
      throw new Refused("neither key nor key_hash (expected: one of them)");
    }
    if (f.expiry == null) {
      throw new Refused("expiry_date: absent (expected: a date such as 2026-12-31T23:59:59Z)");
    }
    if (f.limit == null) {
      throw new Refused("token_limit_per_5h: absent (expected: an integer >= 0)");
    }
    ApiKey.Previous previous = null;
    if (f.previousHash != null) {
      if (f.previousValidUntil == null) {
        throw new Refused("previous_valid_until: absent (expected: when the old key ends)");
      }
      if (f.previousHash.equals(digest)) {
        throw new Refused("previous_key_hash: is the present key's (expected: the old key's)");
      }
      previous = new ApiKey.Previous(f.previousHash, f.previousValidUntil);
    }
    String id = f.id == null ? ApiKey.defaultId(digest) : f.id;
    return new ApiKey(
        id,
        digest,
        display == null ? id : display,
        f.name == null ? "" : f.name,
        f.model,
        f.models,
        f.limit,
        f.requestsPerMinute,
        f.maxConcurrent,
        f.expiry,
        f.created,
        f.disabled,
        f.upstreamKey == null ? null : new Secret(f.upstreamKey),
        f.quotaMode,
        previous);
  }

  private static String label(Fields f) {
    String label = f.id != null ? f.id : f.name;
    // People do paste the secret into the wrong member.
    return label == null || label.equals(f.secret) ? "" : printable(label);
  }

  private static String string(JsonParser p, String name) {
    if (p.currentToken() != JsonToken.VALUE_STRING) {
      throw wrong(p, name, "a string");
    }
    return p.getString();
  }

  private static String secret(JsonParser p, String name) {
    String value = string(p, name);
    if (value.isEmpty()) {
      throw new Refused(name + ": empty");
    }
    return value;
  }

  private static String plainName(JsonParser p, String name) {
    String value = string(p, name);
    requirePlainName(name, value);
    return value;
  }

  /** Checks what goes into logs, metrics and headers. */
  static void requirePlainName(String field, String value) {
    if (value.isBlank()
        || value.length() > MAX_NAME
        || value.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          field + ": expected 1 to " + MAX_NAME + " printable characters");
    }
  }

  private String model(JsonParser p, String name) {
    String value = plainName(p, name);
    return shared(models, value, value);
  }

  private List<String> models(JsonParser p, String name) {
    String expected = "a list of model names, or no such member";
    if (p.currentToken() != JsonToken.START_ARRAY) {
      throw wrong(p, name, expected);
    }
    List<String> list = new ArrayList<>();
    boolean good = true;
    while (p.nextToken() != JsonToken.END_ARRAY) {
      if (p.currentToken() == JsonToken.VALUE_STRING && !p.getString().isBlank()) {
        list.add(p.getString());
      } else {
        good = false;
        p.skipChildren();
      }
    }
    if (!good || list.isEmpty()) {
      // An empty list could mean "none" as well as "all".
      throw new Refused(name + ": empty or not only names (expected: " + expected + ")");
    }
    List<String> copy = List.copyOf(list);
    return shared(modelLists, copy, copy);
  }

  private static KeyDigest hash(JsonParser p, String name) {
    try {
      return KeyDigest.parse(string(p, name));
    } catch (IllegalArgumentException e) {
      throw new Refused(name + ": malformed (expected: sha256: and 64 hex digits)");
    }
  }

  private static boolean bool(JsonParser p, String name) {
    return switch (p.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw wrong(p, name, "true or false");
    };
  }

  private static long integer(JsonParser p, String name, long min, long max) {
    if (p.currentToken() == JsonToken.VALUE_NUMBER_INT
        && p.getNumberType() != JsonParser.NumberType.BIG_INTEGER
        && p.getLongValue() >= min
        && p.getLongValue() <= max) {
      return p.getLongValue();
    }
    throw wrong(
        p,
        name,
        max == Long.MAX_VALUE ? "an integer >= " + min : "an integer from " + min + " to " + max);
  }

  private Instant date(JsonParser p, String name) {
    String text = string(p, name);
    Instant known = dates.get(text);
    if (known != null) {
      return known;
    }
    try {
      return shared(dates, text, OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      throw wrong(p, name, "a date such as 2026-12-31T23:59:59Z");
    }
  }

  // What the gateway itself owns never refuses a key: what makes no sense is nothing used.

  private static @Nullable Instant lenientDate(JsonParser p) {
    if (p.currentToken() != JsonToken.VALUE_STRING) {
      p.skipChildren();
      return null;
    }
    try {
      return OffsetDateTime.parse(p.getString()).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static long lenientCount(JsonParser p) {
    if (p.currentToken() == JsonToken.VALUE_NUMBER_INT
        && p.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return Math.max(0, p.getLongValue());
    }
    p.skipChildren();
    return 0;
  }

  private static List<UsageWindow> windows(JsonParser p) {
    if (p.currentToken() != JsonToken.START_ARRAY) {
      p.skipChildren();
      return List.of();
    }
    List<UsageWindow> list = new ArrayList<>();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      if (p.currentToken() != JsonToken.START_OBJECT) {
        p.skipChildren();
        continue;
      }
      Instant start = null;
      long tokens = 0;
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        String member = p.currentName();
        p.nextToken();
        switch (member) {
          case "window_start" -> start = lenientDate(p);
          case "tokens_used" -> tokens = lenientCount(p);
          default -> p.skipChildren();
        }
      }
      if (start != null && tokens > 0) {
        list.add(new UsageWindow(start, tokens));
      }
    }
    return list;
  }

  private static <K, V> V shared(Map<K, V> pool, K key, V value) {
    if (pool.size() >= SHARED_MAX) {
      return value;
    }
    V present = pool.putIfAbsent(key, value);
    return present == null ? value : present;
  }

  private static Refused wrong(JsonParser p, String name, String expected) {
    JsonToken token = p.currentToken();
    boolean quotable = token.isScalarValue() && !name.contains("key");
    String value = quotable ? printable(p.getString()) : "wrong type";
    return new Refused(name + ": " + value + " (expected: " + expected + ")");
  }

  private static String printable(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() > 60 ? line.substring(0, 60) + "…" : line;
  }

  private static long offset(JsonParser p) {
    return p.currentLocation().getByteOffset();
  }
}
