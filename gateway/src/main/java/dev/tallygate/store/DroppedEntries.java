package dev.tallygate.store;

/**
 * Takes entries out of the list of keys, with the separators that they need no more. Sees each
 * entry once, in the order of the file; then {@link #end}.
 */
final class DroppedEntries {
  private long droppedFrom = -1;
  private long previousEnd = -1;
  private boolean anyKept;

  void drop(KeyEntry entry, Splice splice) {
    if (anyKept) {
      splice.replace(new Span(previousEnd, entry.span().to()), "");
    } else if (droppedFrom < 0) {
      droppedFrom = entry.span().from();
    }
    previousEnd = entry.span().to();
  }

  void keep(KeyEntry entry, Splice splice) {
    if (droppedFrom >= 0) {
      splice.replace(new Span(droppedFrom, entry.span().from()), "");
      droppedFrom = -1;
    }
    anyKept = true;
    previousEnd = entry.span().to();
  }

  void end(Splice splice) {
    if (droppedFrom >= 0) {
      splice.replace(new Span(droppedFrom, previousEnd), "");
    }
  }

  boolean anyKept() {
    return anyKept;
  }
}
