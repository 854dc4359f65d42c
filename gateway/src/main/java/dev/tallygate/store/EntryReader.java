package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Printable;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads and checks the entries of one key file, one after the other. Members it does not know are
 * passed over; the first thing wrong with an entry is its refusal. Confined to one thread.
 */
final class EntryReader {
  private final MemberValues values = new MemberValues();

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
      } catch (MemberValues.Refused | IllegalArgumentException e) {
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
      } catch (MemberValues.Refused | IllegalArgumentException e) {
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
        usage(f),
        lastUsed,
        lifetime,
        windows);
  }

  private void member(JsonParser p, String name, JsonToken token, Fields f) {
    switch (name) {
      case "last_used" -> f.lastUsed = UsageMembers.date(p);
      case "total_lifetime_tokens" -> f.lifetime = UsageMembers.count(p);
      case "usage_windows" -> f.windows = UsageMembers.windows(p);
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
          throw new MemberValues.Refused(name + ": given twice");
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
      case "key" -> f.secret = MemberValues.secret(p, name);
      case "key_hash" -> f.hash = MemberValues.hash(p, name);
      case "id" -> f.id = MemberValues.id(p, name);
      case "name" -> f.name = values.name(p, name);
      case "model" -> f.model = values.model(p, name);
      case "models" -> f.models = values.models(p, name);
      case "token_limit_per_5h" -> f.limit = MemberValues.integer(p, name, 0, Long.MAX_VALUE);
      case "requests_per_minute" ->
          f.requestsPerMinute = (int) MemberValues.integer(p, name, 1, Integer.MAX_VALUE);
      case "max_concurrent" ->
          f.maxConcurrent = (int) MemberValues.integer(p, name, 1, Integer.MAX_VALUE);
      case "expiry_date" -> f.expiry = values.date(p, name);
      case "created_at" -> f.created = values.date(p, name);
      case "disabled" -> f.disabled = MemberValues.bool(p, name);
      case "upstream_key", "glmkey" -> {
        String value = MemberValues.secret(p, name);
        if (f.upstreamKey != null && !f.upstreamKey.equals(value)) {
          throw new MemberValues.Refused(
              "upstream_key and glmkey disagree (expected: one of them)");
        }
        if (!value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
          throw new MemberValues.Refused(name + ": has characters that no HTTP header can carry");
        }
        f.upstreamKey = value;
      }
      case "quota_mode" ->
          f.quotaMode =
              switch (MemberValues.string(p, name)) {
                case "adaptive" -> QuotaMode.ADAPTIVE;
                case "strict" -> QuotaMode.STRICT;
                default -> throw MemberValues.wrong(p, name, "\"adaptive\" or \"strict\"");
              };
      case "previous_key_hash" -> f.previousHash = MemberValues.hash(p, name);
      case "previous_valid_until" -> f.previousValidUntil = values.date(p, name);
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
        throw new MemberValues.Refused("key and key_hash disagree (expected: one of them)");
      }
      digest = ofSecret;
      display = GatewaySecret.mask(secret);
    }
    if (digest == null) {
      throw new MemberValues.Refused("neither key nor key_hash (expected: one of them)");
    }
    if (f.expiry == null) {
      throw new MemberValues.Refused(
          "expiry_date: absent (expected: a date such as 2026-12-31T23:59:59Z)");
    }
    if (f.limit == null) {
      throw new MemberValues.Refused("token_limit_per_5h: absent (expected: an integer >= 0)");
    }
    ApiKey.Previous previous = null;
    if (f.previousHash != null) {
      if (f.previousValidUntil == null) {
        throw new MemberValues.Refused(
            "previous_valid_until: absent (expected: when the old key ends)");
      }
      if (f.previousHash.equals(digest)) {
        throw new MemberValues.Refused(
            "previous_key_hash: is the present key's (expected: the old key's)");
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
    return label == null || label.equals(f.secret) || GatewaySecret.isIn(label)
        ? ""
        : Printable.brief(label);
  }

  /** One object stands for all keys without any: most of a big file. */
  private static KeyUsage usage(Fields f) {
    return f.lifetime == 0 && f.lastUsed == null && f.windows.isEmpty()
        ? KeyUsage.NONE
        : new KeyUsage(f.lifetime, f.lastUsed, f.windows);
  }

  private static long offset(JsonParser p) {
    return p.currentLocation().getByteOffset();
  }
}
