package dev.tallygate.store;

import dev.tallygate.auth.KeyAdministration.KeyExistsException;
import dev.tallygate.model.ApiKey;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Changes the entry of a key, unless it says something else by now. */
final class ChangeEdit implements FileEdit {
  private final ApiKey from;
  private final ApiKey to;
  private @Nullable ApiKey result;

  ChangeEdit(ApiKey from, ApiKey to) {
    this.from = from;
    this.to = to;
  }

  @Override
  public void entry(KeyEntry entry, Splice splice) throws IOException {
    ApiKey key = entry.key();
    if (result == null && from.equals(key)) {
      EntryMembers members = EntryMembers.of(splice.text(entry.span()));
      result = DefinitionText.change(members, from, to);
      splice.replace(entry.span(), members.text());
    } else if (key != null && !key.id().equals(to.id())) {
      requireNoChangeFor(key, entry.position());
    }
  }

  /** What the entry defines now. */
  ApiKey result() {
    if (result == null) {
      throw new IllegalStateException("nothing was changed");
    }
    return result;
  }

  /** Of entries with the same secret the first is in force; no other may become so, or cease to. */
  private void requireNoChangeFor(ApiKey other, int position) {
    boolean before = other.shares(from);
    boolean after = other.shares(to);
    if (before && !after) {
      throw new IllegalArgumentException(
          "key "
              + to.id()
              + ": entry "
              + position
              + " of the file repeats its secret and would come into force; remove that first");
    }
    if (after && !before) {
      throw new KeyExistsException("key " + to.id() + ": another key has this secret");
    }
  }
}
