package dev.tallygate.keys;

import dev.tallygate.auth.NewKey;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads what people decide about a key, and checks it. Confined to one thread. */
public final class KeyFields {
  /** The fields of a key that is to be made. */
  public static final Set<String> OF_A_NEW_KEY =
      Set.of(
          "name",
          "token_limit_per_5h",
          "expiry_date",
          "model",
          "models",
          "requests_per_minute",
          "max_concurrent",
          "quota_mode",
          "upstream_key",
          "disabled",
          "id",
          "key_hash");

  /** The fields of a change. */
  public static final Set<String> OF_A_CHANGE =
      Set.of(
          "name",
          "token_limit_per_5h",
          "expiry_date",
          "model",
          "models",
          "requests_per_minute",
          "max_concurrent",
          "quota_mode",
          "upstream_key",
          "disabled");

  private static final long DEFAULT_LIMIT = 100_000;

  /** The largest whole number that every JSON reader takes as it stands. */
  private static final long LARGEST = (1L << 53) - 1;

  private static final int MAX_NAME = 200;
  private static final int MAX_MODELS = 100;
  private static final int MAX_SECRET = 4096;

  /** Part of many emoji. */
  private static final int ZERO_WIDTH_JOINER = 0x200d;

  private static final String PLAIN = "1 to " + MAX_NAME + " printable characters";

  private final JsonFields fields;

  /** Of these fields. */
  public KeyFields(JsonFields fields) {
    this.fields = fields;
  }

  /**
   * A key to be made.
   *
   * @param made digest of the secret that it has where the fields bring none
   * @throws BadFieldsException when anything is wrong with any field
   */
  public NewKey newKey(KeyDigest made, Instant now) {
    if (!fields.has("name")) {
      fields.mistake("name", "is missing");
    }
    String name = name();
    Long limit = limit();
    Instant expiry = expiry();
    KeyDigest given = hash();
    // A key that comes from elsewhere may have had its time, and brings its history.
    if (given == null && expiry != null && !expiry.isAfter(now)) {
      fields.mistake("expiry_date", "is in the past");
    }
    String model = model();
    List<String> models = models();
    Integer perMinute = count("requests_per_minute");
    Integer concurrent = count("max_concurrent");
    QuotaMode mode = quotaMode();
    Secret upstreamKey = upstreamKey();
    String id = id();
    Boolean disabled = fields.bool("disabled");
    requireValue("name");
    fields.check();
    return new NewKey(
        given == null ? made : given,
        id,
        name == null ? "" : name,
        model,
        models == null ? List.of() : models,
        limit == null ? DEFAULT_LIMIT : limit,
        perMinute,
        concurrent,
        expiry,
        disabled != null && disabled,
        upstreamKey,
        mode == null ? QuotaMode.ADAPTIVE : mode);
  }

  /**
   * What is to change; {@code null} removes what may be missing.
   *
   * @throws BadFieldsException when anything is wrong with any field
   */
  public Consumer<KeyDraft> changes() {
    List<Consumer<KeyDraft>> changes = new ArrayList<>();
    add(changes, name(), KeyDraft::name);
    add(changes, limit(), KeyDraft::tokenLimitPer5h);
    add(changes, expiry(), KeyDraft::expiresAt);
    addRemovable(changes, "model", model(), KeyDraft::model);
    add(changes, orNull("models", models(), List.of()), KeyDraft::models);
    addRemovable(
        changes, "requests_per_minute", count("requests_per_minute"), KeyDraft::requestsPerMinute);
    addRemovable(changes, "max_concurrent", count("max_concurrent"), KeyDraft::maxConcurrent);
    add(changes, orNull("quota_mode", quotaMode(), QuotaMode.ADAPTIVE), KeyDraft::quotaMode);
    addRemovable(changes, "upstream_key", upstreamKey(), KeyDraft::upstreamKey);
    add(changes, orNull("disabled", fields.bool("disabled"), false), KeyDraft::disabled);
    requireValue("name");
    requireValue("token_limit_per_5h");
    requireValue("expiry_date");
    fields.check();
    return draft -> changes.forEach(change -> change.accept(draft));
  }

  private <T> @Nullable T orNull(String name, @Nullable T value, T instead) {
    return fields.isNull(name) ? instead : value;
  }

  private static <T> void add(
      List<Consumer<KeyDraft>> changes, @Nullable T value, BiConsumer<KeyDraft, T> change) {
    if (value != null) {
      changes.add(draft -> change.accept(draft, value));
    }
  }

  private <T> void addRemovable(
      List<Consumer<KeyDraft>> changes,
      String name,
      @Nullable T value,
      BiConsumer<KeyDraft, @Nullable T> change) {
    if (fields.has(name)) {
      changes.add(draft -> change.accept(draft, value));
    }
  }

  private void requireValue(String name) {
    if (fields.isNull(name)) {
      fields.mistake(name, "cannot be null: every key has one");
    }
  }

  private @Nullable String id() {
    return fields.text(
        "id",
        text -> isPlain(text) && ApiKey.mayBeId(text),
        PLAIN + ", other than . and .., which no path can hold, and without a secret in them");
  }

  private @Nullable String name() {
    return fields.text(
        "name",
        text -> isPlain(text) && !GatewaySecret.isIn(text),
        PLAIN + ", without a secret in them");
  }

  private @Nullable Long limit() {
    return fields.integer("token_limit_per_5h", 0, LARGEST);
  }

  private @Nullable Instant expiry() {
    return fields.time("expiry_date");
  }

  private @Nullable String model() {
    return fields.text("model", KeyFields::isPlain, PLAIN + ", or * for what the client asks for");
  }

  private @Nullable List<String> models() {
    return fields.texts(
        "models",
        MAX_MODELS,
        KeyFields::isPlain,
        "a list of at most " + MAX_MODELS + " different models, each " + PLAIN);
  }

  private @Nullable Integer count(String name) {
    Long count = fields.integer(name, 1, Integer.MAX_VALUE);
    return count == null ? null : count.intValue();
  }

  private @Nullable QuotaMode quotaMode() {
    String word =
        fields.text(
            "quota_mode", w -> w.equals("adaptive") || w.equals("strict"), "adaptive or strict");
    return word == null ? null : QuotaMode.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private @Nullable Secret upstreamKey() {
    String secret =
        fields.text(
            "upstream_key",
            text ->
                !text.isEmpty()
                    && text.length() <= MAX_SECRET
                    && text.chars().allMatch(c -> c > ' ' && c < 0x7f),
            "printable ASCII without spaces, at most "
                + MAX_SECRET
                + " characters, as it goes into a header");
    return secret == null ? null : new Secret(secret);
  }

  private @Nullable KeyDigest hash() {
    String text =
        fields.text(
            "key_hash", t -> t.matches("sha256:[0-9a-fA-F]{64}"), "sha256: and 64 hex digits");
    return text == null ? null : KeyDigest.parse(text);
  }

  private static boolean isPlain(String text) {
    return !text.isBlank()
        && text.length() <= MAX_NAME
        && text.codePoints().allMatch(KeyFields::isPrintable);
  }

  /** Half a character cannot be written; what turns text around makes a name look like another. */
  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.FORMAT -> c == ZERO_WIDTH_JOINER;
      default -> true;
    };
  }
}
