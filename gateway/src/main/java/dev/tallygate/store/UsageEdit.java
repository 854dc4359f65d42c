package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the usage of some keys into their entries, and the id where an entry has none. */
final class UsageEdit implements FileEdit {
  private final UsageSource usages;
  private final Set<String> left;

  UsageEdit(UsageSource usages, Collection<String> ids) {
    this.usages = usages;
    this.left = new HashSet<>(ids);
  }

  @Override
  public void entry(KeyEntry entry, Splice splice) throws IOException {
    ApiKey key = entry.key();
    // Of two entries with the same id the first is the valid one, here as in the index.
    if (key == null || !left.remove(key.id())) {
      return;
    }
    KeyUsage usage = usages.usage(key.id());
    EntryText text = EntryText.like(splice.text(entry.span().from() + 1, entry.firstMember()));
    List<String> added = new ArrayList<>();
    if (usage.lastUsed() != null) {
      set(
          "last_used",
          EntryText.quoted(EntryText.timestamp(usage.lastUsed())),
          entry.lastUsed(),
          text,
          splice,
          added);
    }
    set(
        "total_lifetime_tokens",
        Long.toString(usage.lifetimeTokens()),
        entry.lifetimeTokens(),
        text,
        splice,
        added);
    set("usage_windows", text.windows(usage.windows()), entry.windows(), text, splice, added);
    if (!entry.hasId()) {
      splice.insert(
          entry.firstMember(),
          text.member("id", EntryText.quoted(key.id())) + "," + text.memberBreak());
    }
    if (!added.isEmpty()) {
      String separator = "," + text.memberBreak();
      splice.insert(entry.membersEnd(), separator + String.join(separator, added));
    }
  }

  private static void set(
      String name,
      String value,
      @Nullable Span present,
      EntryText text,
      Splice splice,
      List<String> added)
      throws IOException {
    if (present == null) {
      added.add(text.member(name, value));
    } else if (!splice.text(present).equals(value)) {
      splice.replace(present, value);
    }
  }
}
