package dev.tallygate.store;

import dev.tallygate.auth.KeyAdministration.KeyExistsException;
import dev.tallygate.model.ApiKey;
import java.io.IOException;
import java.util.List;

/** Appends an entry, unless there is one of its id or with its secret. */
final class AddEdit implements FileEdit {
  private final ApiKey key;

  AddEdit(ApiKey key) {
    this.key = key;
  }

  @Override
  public void entry(KeyEntry entry, Splice splice) {
    ApiKey other = entry.key();
    if (other != null && (other.id().equals(key.id()) || other.shares(key))) {
      throw new KeyExistsException("key " + key.id() + ": exists already");
    }
  }

  @Override
  public void end(KeyFileParser.Layout layout, Splice splice) throws IOException {
    String text = DefinitionText.entry(key, NewEntries.layout(layout, splice));
    NewEntries.append(layout, splice, List.of(text), true);
  }
}
