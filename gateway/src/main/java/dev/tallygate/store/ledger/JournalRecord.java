package dev.tallygate.store.ledger;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A call's usage as bytes of the journal. Not thread-safe.
 *
 * <p>Little-endian: a word whose low half is the length of what follows and whose high half is its
 * CRC-32C, then six longs (time, input, cache read, cache written, output, estimated), the lengths
 * of two names as shorts, and the names, key id and model, in UTF-8; filled up to whole words. The
 * checksum begins with the batch's number, which is not stored again: what an earlier batch left in
 * the same place never passes for a record of this one.
 */
final class JournalRecord {
  /** The word before each record. */
  static final int WORD = Long.BYTES;

  private static final int NUMBERS = 6 * Long.BYTES;
  private static final int LENGTHS = 2 * Short.BYTES;
  private static final int LARGEST = 4_096;

  /** The batch's number, then the record. */
  private final ByteBuffer bytes =
      ByteBuffer.allocate(WORD + LARGEST).order(ByteOrder.LITTLE_ENDIAN);

  private final CRC32C checksum = new CRC32C();

  /**
   * Encodes a call of a batch into {@link #array}, from index {@value #WORD} on.
   *
   * @return the word that belongs before it; 0 when the call's names are too long for a record
   */
  long encode(long number, UsageRecord call) {
    byte[] key = call.keyId().getBytes(StandardCharsets.UTF_8);
    byte[] model = call.model().getBytes(StandardCharsets.UTF_8);
    if (key.length + model.length > LARGEST - NUMBERS - LENGTHS) {
      return 0;
    }
    TokenUsage usage = call.usage();
    bytes
        .clear()
        .putLong(number)
        .putLong(call.epochMillis())
        .putLong(usage.input())
        .putLong(usage.cacheRead())
        .putLong(usage.cacheWritten())
        .putLong(usage.output())
        .putLong(call.estimatedTokens())
        .putShort((short) key.length)
        .putShort((short) model.length)
        .put(key)
        .put(model);
    return word(bytes.position() - WORD);
  }

  /** What {@link #encode} has encoded. */
  byte[] array() {
    return bytes.array();
  }

  /** The length in bytes of the record that a word belongs to. */
  static int length(long word) {
    return (int) word;
  }

  /** The bytes that a record takes, with the word before it and what fills it up. */
  static int space(int length) {
    return WORD + ((length + WORD - 1) & -WORD);
  }

  /**
   * Decodes the record of a batch at the position of {@code from}, which it moves behind it.
   *
   * @return null when there is none, or none that was written whole
   */
  @Nullable UsageRecord decode(long number, ByteBuffer from) {
    int at = from.position();
    long word = from.remaining() < WORD ? 0 : from.getLong(at);
    int length = length(word);
    if (length < NUMBERS + LENGTHS || length > LARGEST || space(length) > from.remaining()) {
      return null;
    }
    from.get(at + WORD, bytes.array(), WORD, length);
    bytes.clear().putLong(number);
    if (word(length) != word) {
      return null;
    }
    from.position(at + space(length));
    long millis = bytes.getLong();
    long input = bytes.getLong();
    long cacheRead = bytes.getLong();
    long cacheWritten = bytes.getLong();
    long output = bytes.getLong();
    long estimated = bytes.getLong();
    int keyLength = bytes.getShort();
    int modelLength = bytes.getShort();
    return new UsageRecord(
        name(keyLength),
        name(modelLength),
        millis,
        new TokenUsage(input, cacheRead, cacheWritten, output),
        estimated);
  }

  private String name(int length) {
    String name = new String(bytes.array(), bytes.position(), length, StandardCharsets.UTF_8);
    bytes.position(bytes.position() + length);
    return name;
  }

  private long word(int length) {
    checksum.reset();
    checksum.update(bytes.array(), 0, WORD + length);
    return checksum.getValue() << 32 | length;
  }
}
