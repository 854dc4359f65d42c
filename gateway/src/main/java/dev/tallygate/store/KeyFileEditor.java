package dev.tallygate.store;

import dev.tallygate.auth.NewKey;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Creates keys in the key file, safely beside people and the usage mirror. Thread-safe. */
public final class KeyFileEditor {
  private static final int TRIES = 40;
  private static final long PAUSE_NANOS = Duration.ofMillis(50).toNanos();

  private final FileKeyStore store;
  private final Path file;
  private final Ticker ticker;

  /** Edits the file that this store reads. */
  public KeyFileEditor(FileKeyStore store, Ticker ticker) {
    this.store = store;
    this.file = store.file();
    this.ticker = ticker;
  }

  /**
   * Adds an entry; the key works when this returns. Begins the file, readable by its owner only,
   * and its folder where they are missing. Blocks, up to 2 s while somebody else edits.
   *
   * @throws IllegalArgumentException when the id or the digest is there already, or a value is out
   *     of range
   * @throws IOException when the file cannot be changed; the message says why
   */
  public ApiKey create(NewKey spec) throws IOException {
    Instant now = ticker.now().truncatedTo(ChronoUnit.MILLIS);
    ApiKey key = define(spec, now);
    String reason = "";
    for (int i = 0; i < TRIES; i++) {
      KeyFileWriter.Outcome outcome;
      if (store.hasNoFileYet()) {
        outcome = store.writer().begin(document(key));
      } else {
        requireNew(key);
        outcome = store.writer().write(() -> new AddEdit(key), false);
      }
      switch (outcome) {
        case KeyFileWriter.Outcome.Written written -> {
          store.loaded();
          return key;
        }
        case KeyFileWriter.Outcome.Unchanged unchanged -> throw duplicate(key);
        case KeyFileWriter.Outcome.Refused(String why) ->
            throw new IOException("cannot add a key to " + file + ": " + why);
        case KeyFileWriter.Outcome.Deferred(String why) -> reason = why;
      }
      LockSupport.parkNanos(this, PAUSE_NANOS);
    }
    throw new IOException("cannot add a key to " + file + ": " + reason + "; mend the file first");
  }

  /** Appends an entry, unless one like it has appeared meanwhile. */
  private static final class AddEdit implements FileEdit {
    private final ApiKey key;
    private boolean present;

    AddEdit(ApiKey key) {
      this.key = key;
    }

    @Override
    public void entry(KeyEntry entry, Splice splice) {
      ApiKey other = entry.key();
      present |=
          other != null && (other.id().equals(key.id()) || other.digest().equals(key.digest()));
    }

    @Override
    public void end(KeyFileParser.Layout layout, Splice splice) throws IOException {
      if (!present) {
        EntryText text = NewEntries.layout(layout, splice);
        NewEntries.append(layout, splice, List.of(text.object(members(key, text))), true);
      }
    }
  }

  private void requireNew(ApiKey key) {
    FileKeyStore.Loaded now = store.loaded();
    if (now != null
        && (now.index().byId(key.id()) != null
            || now.index().find(key.digest(), Instant.MIN) != null)) {
      throw duplicate(key);
    }
  }

  private static IllegalArgumentException duplicate(ApiKey key) {
    return new IllegalArgumentException("key " + key.id() + ": exists already");
  }

  private static ApiKey define(NewKey spec, Instant now) {
    String id = spec.id() == null ? ApiKey.defaultId(spec.digest()) : spec.id();
    MemberValues.requirePlainName("id", id);
    if (spec.model() != null) {
      MemberValues.requirePlainName("model", spec.model());
    }
    spec.models().forEach(model -> MemberValues.requirePlainName("models", model));
    Instant expiry =
        spec.expiresAt() == null
            ? now.atOffset(ZoneOffset.UTC).plusYears(1).toInstant()
            : spec.expiresAt().truncatedTo(ChronoUnit.MILLIS);
    return new ApiKey(
        id,
        spec.digest(),
        id,
        spec.name(),
        spec.model(),
        spec.models(),
        spec.tokenLimitPer5h(),
        spec.requestsPerMinute(),
        spec.maxConcurrent(),
        expiry,
        now,
        false,
        spec.upstreamKey(),
        spec.quotaMode(),
        null);
  }

  private static String document(ApiKey key) {
    EntryText entry = EntryText.TWO_SPACES;
    return "{\n  \"keys\": [\n    " + entry.object(members(key, entry)) + "\n  ]\n}\n";
  }

  private static List<String> members(ApiKey key, EntryText text) {
    List<String> m = new ArrayList<>();
    m.add(text.member("id", EntryText.quoted(key.id())));
    m.add(text.member("key_hash", EntryText.quoted(key.digest().toString())));
    m.add(text.member("name", EntryText.quoted(key.name())));
    if (key.model() != null) {
      m.add(text.member("model", EntryText.quoted(key.model())));
    }
    if (!key.models().isEmpty()) {
      m.add(text.member("models", text.strings(key.models())));
    }
    m.add(text.member("token_limit_per_5h", Long.toString(key.tokenLimitPer5h())));
    if (key.requestsPerMinute() != null) {
      m.add(text.member("requests_per_minute", key.requestsPerMinute().toString()));
    }
    if (key.maxConcurrent() != null) {
      m.add(text.member("max_concurrent", key.maxConcurrent().toString()));
    }
    m.add(text.member("expiry_date", EntryText.quoted(EntryText.timestamp(key.expiresAt()))));
    if (key.createdAt() != null) {
      m.add(text.member("created_at", EntryText.quoted(EntryText.timestamp(key.createdAt()))));
    }
    if (key.upstreamKey() != null) {
      m.add(text.member("upstream_key", EntryText.quoted(key.upstreamKey().reveal())));
    }
    if (key.quotaMode() != QuotaMode.ADAPTIVE) {
      m.add(text.member("quota_mode", EntryText.quoted("strict")));
    }
    m.add(text.member("last_used", "null"));
    m.add(text.member("total_lifetime_tokens", "0"));
    m.add(text.member("usage_windows", "[]"));
    return m;
  }
}
