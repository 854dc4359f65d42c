package dev.tallygate.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Makes new inputs of old ones, the same ones for the same seed: a few bytes changed, a piece left
 * out, repeated, or put in from another input.
 */
final class Mutator {
  private static final int MAX_CHANGES = 4;
  private static final int MAX_PIECE = 64;

  /** What separates, opens or ends something in one of the formats, or is an awkward value. */
  private static final List<byte[]> TOKENS =
      List.of(
          bytes("{"),
          bytes("}"),
          bytes("["),
          bytes("]"),
          bytes("\""),
          bytes("\\"),
          bytes("\\\""),
          bytes("\\u0065"),
          bytes("\\ud83c"),
          bytes(":"),
          bytes(","),
          bytes(" "),
          bytes("\t"),
          bytes("\n"),
          bytes("\r"),
          bytes("\r\n"),
          bytes("\n\n"),
          bytes("\0"),
          bytes("\u007f"),
          bytes("é"),
          bytes("🌊"),
          bytes("\ufeff"),
          new byte[] {(byte) 0xC0},
          new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
          new byte[] {(byte) 0xFF},
          bytes("null"),
          bytes("true"),
          bytes("{}"),
          bytes("[]"),
          bytes("\"\""),
          bytes("0"),
          bytes("-1"),
          bytes("1.0"),
          bytes("1e9"),
          bytes("9223372036854775807"),
          bytes("18446744073709551616"),
          bytes("%2f"),
          bytes("%"),
          bytes(";"),
          bytes("/"),
          bytes(".."));

  private final Random random;
  private final List<byte[]> seeds;

  Mutator(List<byte[]> seeds, long seed) {
    this.seeds = seeds;
    this.random = new Random(seed);
  }

  byte[] next() {
    byte[] input = any(seeds);
    for (int changes = 1 + random.nextInt(MAX_CHANGES); changes > 0; changes--) {
      input = changed(input);
    }
    return input;
  }

  private byte[] changed(byte[] input) {
    int at = random.nextInt(input.length + 1);
    int end = at + random.nextInt(Math.min(MAX_PIECE, input.length - at) + 1);
    return switch (random.nextInt(7)) {
      case 0 -> replaced(input, at, end, new byte[0]);
      case 1 -> replaced(input, at, at, Arrays.copyOfRange(input, at, end));
      case 2 -> replaced(input, at, at, any(TOKENS));
      case 3 -> replaced(input, at, end, any(TOKENS));
      case 4 -> replaced(input, at, at, piece(any(seeds)));
      case 5 -> Arrays.copyOf(input, at);
      default -> {
        byte[] copy = input.clone();
        if (at < copy.length) {
          copy[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        }
        yield copy;
      }
    };
  }

  private byte[] piece(byte[] input) {
    int from = random.nextInt(input.length + 1);
    int length = random.nextInt(Math.min(MAX_PIECE, input.length - from) + 1);
    return Arrays.copyOfRange(input, from, from + length);
  }

  private static byte[] replaced(byte[] input, int from, int to, byte[] by) {
    byte[] result = Arrays.copyOf(input, input.length - (to - from) + by.length);
    System.arraycopy(by, 0, result, from, by.length);
    System.arraycopy(input, to, result, from + by.length, input.length - to);
    return result;
  }

  private byte[] any(List<byte[]> some) {
    return some.get(random.nextInt(some.size()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
