package dev.tallygate.benchmarks.hitrate;

/** What remembers keys between calls. A call whose key it does not know asks the store. */
@FunctionalInterface
interface KeyMemory {
  /**
   * A call; what the store says where memory has no answer is remembered.
   *
   * @param key a known key's number, or of one that does not exist -1 or less
   * @return whether memory had the answer
   */
  boolean call(int key);
}
