package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Printable;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the values of the members that people own, and refuses those of another type or range.
 * Confined to one file's reader: dates, names and models that recur are shared.
 */
final class MemberValues {
  private static final int MAX_NAME = 200;
  private static final int SHARED_MAX = 10_000;

  /** The mistake in an entry. Stackless: a file may be full of them. */
  static final class Refused extends RuntimeException {
    Refused(String reason) {
      super(reason, null, false, false);
    }
  }

  // Most keys of a file have their dates and models in common, and many share a holder; one object
  // each then.
  private final Map<String, Instant> dates = new HashMap<>();
  private final Map<String, String> names = new HashMap<>();
  private final Map<String, String> models = new HashMap<>();
  private final Map<List<String>, List<String>> modelLists = new HashMap<>();

  static String string(JsonParser p, String name) {
    if (p.currentToken() != JsonToken.VALUE_STRING) {
      throw wrong(p, name, "a string");
    }
    return p.getString();
  }

  static String secret(JsonParser p, String name) {
    String value = string(p, name);
    if (value.isEmpty()) {
      throw new Refused(name + ": empty");
    }
    return value;
  }

  static String plainName(JsonParser p, String name) {
    String value = string(p, name);
    requirePlainName(name, value);
    return value;
  }

  static String id(JsonParser p, String name) {
    String value = plainName(p, name);
    if (!ApiKey.mayBeId(value)) {
      throw wrong(
          p,
          name,
          "a name other than . and .., which no path can hold, and without a secret in it");
    }
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

  String name(JsonParser p, String name) {
    String value = string(p, name);
    return shared(names, value, value);
  }

  String model(JsonParser p, String name) {
    String value = plainName(p, name);
    return shared(models, value, value);
  }

  List<String> models(JsonParser p, String name) {
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

  static KeyDigest hash(JsonParser p, String name) {
    try {
      return KeyDigest.parse(string(p, name));
    } catch (IllegalArgumentException e) {
      throw new Refused(name + ": malformed (expected: sha256: and 64 hex digits)");
    }
  }

  static boolean bool(JsonParser p, String name) {
    return switch (p.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw wrong(p, name, "true or false");
    };
  }

  static long integer(JsonParser p, String name, long min, long max) {
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

  Instant date(JsonParser p, String name) {
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

  private static <K, V> V shared(Map<K, V> pool, K key, V value) {
    if (pool.size() >= SHARED_MAX) {
      return value;
    }
    V present = pool.putIfAbsent(key, value);
    return present == null ? value : present;
  }

  static Refused wrong(JsonParser p, String name, String expected) {
    JsonToken token = p.currentToken();
    boolean quotable = token.isScalarValue() && !name.contains("key");
    String value = quotable ? quoted(p.getString(), token) : "wrong type";
    return new Refused(name + ": " + value + " (expected: " + expected + ")");
  }

  private static String quoted(String text, JsonToken token) {
    if (GatewaySecret.isIn(text)) {
      return "a secret";
    }
    String quote = token == JsonToken.VALUE_STRING ? "\"" : "";
    return quote + Printable.brief(text) + quote;
  }
}
