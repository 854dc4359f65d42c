package dev.tallygate.store;

/**
 * A key entry that is refused by itself, while the others work.
 *
 * @param position place in the file's list, from 1
 * @param label the entry's id or name, empty where it has neither; never the secret
 * @param reason what is wrong with it
 */
public record EntryProblem(int position, String label, String reason) {
  @Override
  public String toString() {
    return "entry " + position + (label.isEmpty() ? "" : " (" + label + ")") + ": " + reason;
  }
}
