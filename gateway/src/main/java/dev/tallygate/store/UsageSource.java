package dev.tallygate.store;

import java.util.Collection;

/** Tells what the key file is to show of the keys' usage. Thread-safe, from memory. */
public interface UsageSource {
  /** What a key has used. */
  KeyUsage usage(String keyId);

  /** The ids of all keys that were ever used. */
  Collection<String> usedKeys();
}
