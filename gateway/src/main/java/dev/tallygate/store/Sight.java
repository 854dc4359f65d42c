package dev.tallygate.store;

/** What a look at the key file's metadata showed; equal sights mean "nothing happened". */
sealed interface Sight {
  /**
   * A regular file. The change time is part of it, because a tool may restore the modification time
   * after an edit.
   */
  record Present(long device, long inode, long size, long modifiedNanos, long changedNanos)
      implements Sight {}

  /** No such file. */
  record Missing() implements Sight {}

  /** Something is there that cannot be read as a file. */
  record Unreadable(String reason) implements Sight {}
}
