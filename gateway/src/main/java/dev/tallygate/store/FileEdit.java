package dev.tallygate.store;

import java.io.IOException;

/** What one write changes in the key file; sees the file's entries in order, then its end. */
interface FileEdit {
  /** Decides about an entry; refused ones come too. */
  void entry(KeyEntry entry, Splice splice) throws IOException;

  /** Decides about what comes after the last entry. */
  default void end(KeyFileParser.Layout layout, Splice splice) throws IOException {}
}
