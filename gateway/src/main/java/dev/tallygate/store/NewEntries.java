package dev.tallygate.store;

import java.io.IOException;
import java.util.Collection;

/** Puts entries at the end of the list of keys, laid out like the ones before them. */
final class NewEntries {
  private NewEntries() {}

  /** A file of these entries, each as {@link EntryText#TWO_SPACES} lays it out. */
  static String document(Collection<String> texts) {
    return "{\n  \"keys\": [\n    " + String.join(",\n    ", texts) + "\n  ]\n}\n";
  }

  /** How an entry appended to this file is to be laid out. */
  static EntryText layout(KeyFileParser.Layout layout, Splice splice) throws IOException {
    if (layout.entries() == null) {
      return EntryText.TWO_SPACES;
    }
    return EntryText.like(splice.text(layout.list().from() + 1, layout.entries().from())).deeper();
  }

  /**
   * Appends.
   *
   * @param texts whole objects
   * @param follow whether an entry before them stays
   */
  static void append(
      KeyFileParser.Layout layout, Splice splice, Collection<String> texts, boolean follow)
      throws IOException {
    if (texts.isEmpty()) {
      return;
    }
    EntryText entry = layout(layout, splice).shallower();
    String separator = "," + entry.memberBreak();
    String joined = String.join(separator, texts);
    if (layout.entries() == null) {
      splice.replace(
          new Span(layout.list().from() + 1, layout.list().to() - 1),
          entry.openBreak() + joined + entry.shallower().openBreak());
    } else {
      splice.insert(layout.entries().to(), follow ? separator + joined : joined);
    }
  }
}
