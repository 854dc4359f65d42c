package dev.tallygate.store;

/** Takes over the usage that a key's entry brings along when the key is first seen. */
@FunctionalInterface
public interface UsageImport {
  /** Takes the usage, unless there already is some for this id. Must not block. */
  void importOnce(String keyId, KeyUsage usage);
}
