package dev.tallygate.benchmarks.hitrate;

import dev.tallygate.auth.KeyStore.Lookup;
import dev.tallygate.benchmarks.SampleKeys;
import dev.tallygate.model.KeyDigest;
import java.util.HashMap;
import java.util.Map;

/** The keys of the traces by number, made once each: digest, and what the store says of it. */
final class Definitions {
  private static final Lookup ABSENT = new Lookup(null, 1);

  private final Map<Integer, KeyDigest> digests = new HashMap<>();
  private final Map<Integer, Lookup> lookups = new HashMap<>();

  KeyDigest digest(int key) {
    return digests.computeIfAbsent(key, k -> SampleKeys.digest(k & Integer.MAX_VALUE));
  }

  Lookup lookup(int key) {
    return key < 0 ? ABSENT : lookups.computeIfAbsent(key, k -> new Lookup(SampleKeys.key(k), 1));
  }
}
