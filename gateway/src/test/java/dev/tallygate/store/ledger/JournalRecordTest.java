package dev.tallygate.store.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.TokenUsage;
import dev.tallygate.usage.UsageRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

class JournalRecordTest {
  /** What the names of a record may take in UTF-8, so that it is of 4,096 bytes at most. */
  private static final int NAMES = 4_096 - 6 * 8 - 2 * 2;

  private final JournalRecord record = new JournalRecord();

  @Provide
  Arbitrary<UsageRecord> calls() {
    // Of every plane, but none of the halves of a pair, which no text has by themselves.
    Arbitrary<String> names =
        Arbitraries.strings()
            .all()
            .ofMaxLength(60)
            .filter(name -> name.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff));
    Arbitrary<Long> counts = Arbitraries.longs().between(0, Long.MAX_VALUE);
    Arbitrary<TokenUsage> usages =
        Combinators.combine(counts, counts, counts, counts).as(TokenUsage::new);
    return Combinators.combine(names, names, Arbitraries.longs(), usages, counts)
        .as(UsageRecord::new);
  }

  private ByteBuffer encoded(long number, UsageRecord call) {
    long word = record.encode(number, call);
    int length = JournalRecord.length(word);
    ByteBuffer bytes =
        ByteBuffer.allocate(JournalRecord.space(length)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(0, word).put(JournalRecord.WORD, record.array(), JournalRecord.WORD, length);
    return bytes;
  }

  private static @Nullable UsageRecord decoded(long number, ByteBuffer bytes) {
    return new JournalRecord().decode(number, bytes);
  }

  @Property
  void record_isReadAsItWasWritten(@ForAll("calls") UsageRecord call, @ForAll long number) {
    ByteBuffer bytes = encoded(number, call);
    assertThat(bytes.capacity() % Long.BYTES).isZero();
    assertThat(decoded(number, bytes)).isEqualTo(call);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Property
  void recordOfAnotherBatch_isNone(
      @ForAll("calls") UsageRecord call, @ForAll long number, @ForAll long other) {
    Assume.that(number != other);
    ByteBuffer bytes = encoded(number, call);
    assertThat(decoded(other, bytes)).isNull();
    assertThat(bytes.position()).isZero();
  }

  @Property
  void flippedBit_makesItNone(@ForAll("calls") UsageRecord call, @ForAll int where) {
    ByteBuffer bytes = encoded(7, call);
    // What fills it up says nothing.
    int said = JournalRecord.WORD + JournalRecord.length(bytes.getLong(0));
    int bit = Math.floorMod(where, said * Byte.SIZE);
    int at = bit / Byte.SIZE;
    bytes.put(at, (byte) (bytes.get(at) ^ 1 << bit % Byte.SIZE));
    assertThat(decoded(7, bytes)).isNull();
    assertThat(bytes.position()).isZero();
  }

  @Property
  void recordCutShort_isNone(@ForAll("calls") UsageRecord call, @ForAll int where) {
    ByteBuffer bytes = encoded(7, call);
    bytes.limit(Math.floorMod(where, bytes.capacity()));
    assertThat(decoded(7, bytes)).isNull();
  }

  @Property
  void whatIsNoRecord_isNone(@ForAll byte[] bytes) {
    assertThat(decoded(7, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN))).isNull();
  }

  @Example
  void names_fitUpToTheLargestRecord_andNoFurther() {
    String key = "é".repeat(100);
    UsageRecord largest = call(key, "m".repeat(NAMES - 200));
    assertThat(decoded(7, encoded(7, largest))).isEqualTo(largest);
    assertThat(record.encode(7, call(key, "m".repeat(NAMES - 199)))).isZero();
    assertThat(record.encode(7, call("k".repeat(70_000), ""))).isZero();
    // What did not fit leaves nothing behind.
    assertThat(decoded(7, encoded(7, call("a", "b")))).isEqualTo(call("a", "b"));
  }

  @Example
  void halfOfAPair_isReadAsInTheDatabase() {
    assertThat(decoded(7, encoded(7, call("a\ud83d", "\ude00b")))).isEqualTo(call("a?", "?b"));
  }

  private static UsageRecord call(String keyId, String model) {
    return new UsageRecord(keyId, model, 1, new TokenUsage(2, 0, 0, 3), 0);
  }
}
