package dev.tallygate.store;

/**
 * A good state of the key file.
 *
 * @param sight what it looks like
 * @param checksum of its bytes
 * @param index what these mean
 */
record Loaded(Sight sight, int checksum, KeyIndex index) {}
