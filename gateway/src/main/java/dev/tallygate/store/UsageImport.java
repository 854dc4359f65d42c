package dev.tallygate.store;

/** Is told what usage the entries of the key file show, whenever the file was edited. */
@FunctionalInterface
public interface UsageImport {
  /**
   * The entry of this key shows this usage. Must not block; comes before the key can be looked up.
   */
  void shown(String keyId, KeyUsage usage);
}
