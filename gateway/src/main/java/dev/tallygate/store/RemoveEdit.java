package dev.tallygate.store;

import dev.tallygate.model.ApiKey;

/** Removes a key's entry, unless it says something else by now, and those that repeat it. */
final class RemoveEdit implements FileEdit {
  private final ApiKey key;
  private final DroppedEntries dropped = new DroppedEntries();
  private boolean found;

  RemoveEdit(ApiKey key) {
    this.key = key;
  }

  @Override
  public void entry(KeyEntry entry, Splice splice) {
    ApiKey other = entry.key();
    found |= key.equals(other);
    if (found && other != null && (other.id().equals(key.id()) || other.shares(key))) {
      dropped.drop(entry, splice);
    } else {
      dropped.keep(entry, splice);
    }
  }

  @Override
  public void end(KeyFileParser.Layout layout, Splice splice) {
    if (dropped.anyKept()) {
      dropped.end(splice);
    } else if (found) {
      splice.replace(new Span(layout.list().from() + 1, layout.list().to() - 1), "");
    }
  }
}
