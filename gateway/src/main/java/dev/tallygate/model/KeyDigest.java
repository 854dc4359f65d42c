package dev.tallygate.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The SHA-256 of a gateway key: what the gateway stores, compares and looks up instead of the key.
 *
 * <p>Equality takes the same time wherever two digests differ. Immutable.
 */
public final class KeyDigest {
  /** How {@code key_hash} marks the algorithm in the key file. */
  public static final String PREFIX = "sha256:";

  private static final int BYTES = 32;

  // A digest object costs more than the hash of a short key; one per thread is re-used.
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(KeyDigest::newSha256);

  private final byte[] bytes;
  private final int hash;

  private KeyDigest(byte[] bytes) {
    this.bytes = bytes;
    this.hash = ByteBuffer.wrap(bytes).getInt();
  }

  /** The digest of a presented secret, taken as UTF-8. */
  public static KeyDigest of(String secret) {
    return new KeyDigest(SHA_256.get().digest(secret.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Reads {@code sha256:<64 hex digits>}.
   *
   * @throws IllegalArgumentException when the text has another form
   */
  public static KeyDigest parse(String text) {
    if (!text.startsWith(PREFIX) || text.length() != PREFIX.length() + 2 * BYTES) {
      throw new IllegalArgumentException("expected sha256: and 64 hex digits");
    }
    return new KeyDigest(HexFormat.of().parseHex(text, PREFIX.length(), text.length()));
  }

  /** The 64 lower-case hex digits, without the prefix. */
  public String hex() {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KeyDigest that && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** {@code sha256:<64 hex>}, the form of the key file. */
  @Override
  public String toString() {
    return PREFIX + hex();
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
