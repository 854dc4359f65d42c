package dev.tallygate.benchmarks.keys;

import dev.tallygate.auth.KeyStore;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import java.util.List;

/** A store of keys that are only ever asked for together. */
record StoreInMemory(List<ApiKey> keys) implements KeyStore {
  @Override
  public Lookup find(KeyDigest digest) {
    return new Lookup(null, 1);
  }

  @Override
  public Snapshot snapshot() {
    return new Snapshot(keys, 1);
  }

  @Override
  public void onChange(ChangeListener listener) {
    // Nothing changes.
  }
}
