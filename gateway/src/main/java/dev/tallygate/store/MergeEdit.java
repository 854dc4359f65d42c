package dev.tallygate.store;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Brings one edition's changes into another that has changes of its own: entries that the first
 * added, changed or removed. Where both changed the same entry, the first one's stands.
 */
final class MergeEdit implements FileEdit {
  private final KeyIndex before;
  private final Edition theirs;
  private final Map<String, String> left;
  private final DroppedEntries dropped = new DroppedEntries();

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
    String id = entry.key() == null ? null : entry.key().id();
    if (id != null && before.byId(id) != null && theirs.index().byId(id) == null) {
      dropped.drop(entry, splice);
    } else {
      dropped.keep(entry, splice);
      String text = id == null ? null : left.remove(id);
      if (text != null) {
        splice.replace(entry.span(), text);
      }
    }
  }

  @Override
  public void end(KeyFileParser.Layout layout, Splice splice) throws IOException {
    dropped.end(splice);
    NewEntries.append(layout, splice, left.values(), dropped.anyKept());
  }
}
