package dev.tallygate.testkit;

/** A chunk of a body, or what one read brought, with the time at which it was there. */
public final class BodyPart {
  private final byte[] bytes;
  private final long nanos;

  BodyPart(byte[] bytes, long nanos) {
    this.bytes = bytes;
    this.nanos = nanos;
  }

  /** The bytes, without chunk framing. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The bytes as UTF-8; a character may be split between parts. */
  public String text() {
    return Wire.text(bytes);
  }

  /** When it had arrived, on the monotonic clock. */
  public long nanos() {
    return nanos;
  }
}
