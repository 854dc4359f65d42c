package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings one edition's changes into another that has changes of its own: entries that the first
 * added, changed or removed. Where both changed the same entry, the other's stands, and an entry
 * that either removed is gone: what was taken from a key may not come back by an edit that was
 * begun before.
 */
final class MergeEdit implements FileEdit {
  private final KeyIndex before;
  private final Edition theirs;
  private final Map<String, String> left;
  private final DroppedEntries dropped = new DroppedEntries();
  private final List<String> overruled = new ArrayList<>();

  /**
   * @param before what both editions were made from
   * @param theirs the edition to bring in
   */
  MergeEdit(KeyIndex before, Edition theirs) {
    this.before = before;
    this.theirs = theirs;
    this.left = new LinkedHashMap<>(theirs.changed());
  }

  @Override
  public void entry(KeyEntry entry, Splice splice) throws IOException {
    ApiKey key = entry.key();
    ApiKey base = key == null ? null : before.byId(key.id());
    if (key != null && base != null && theirs.index().byId(key.id()) == null) {
      dropped.drop(entry, splice);
      return;
    }
    dropped.keep(entry, splice);
    String text = key == null ? null : left.remove(key.id());
    if (key == null || text == null || key.equals(theirs.index().byId(key.id()))) {
      return;
    }
    if (key.equals(base)) {
      splice.replace(entry.span(), text);
    } else {
      overruled.add(key.id());
    }
  }

  @Override
  public void end(KeyFileParser.Layout layout, Splice splice) throws IOException {
    dropped.end(splice);
    left.keySet()
        .removeIf(id -> {
          boolean removed = before.byId(id) != null;
          if (removed) {
            overruled.add(id);
          }
          return removed;
        });
    NewEntries.append(layout, splice, left.values(), dropped.anyKept());
  }

  /** The ids of the keys whose change was not brought in. */
  List<String> overruled() {
    return List.copyOf(overruled);
  }
}
