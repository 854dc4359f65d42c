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

  // Not an array, which would take half as much again: there may be millions.
  private final long first;
  private final long second;
  private final long third;
  private final long fourth;

  private KeyDigest(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    first = in.getLong();
    second = in.getLong();
    third = in.getLong();
    fourth = in.getLong();
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
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putLong(first).putLong(second).putLong(third).putLong(fourth);
    return HexFormat.of().formatHex(out.array());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KeyDigest that
        && ((first ^ that.first)
                | (second ^ that.second)
                | (third ^ that.third)
                | (fourth ^ that.fourth))
            == 0;
  }

  @Override
  public int hashCode() {
    return (int) (first >>> 32);
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
