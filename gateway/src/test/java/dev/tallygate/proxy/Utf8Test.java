package dev.tallygate.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Test {
  @Test
  void everyCharacter_isRight() {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        all.appendCodePoint(c);
      }
    }
    byte[] bytes = all.toString().getBytes(UTF_8);
    assertThat(Utf8.firstMistake(bytes, 0, bytes.length)).isEqualTo(bytes.length);
  }

  @Test
  void anyBytes_areJudgedAsTheStrictDecoderDoes() {
    Random random = new Random(3);
    byte[] leads = {'a', (byte) 0x80, (byte) 0xC1, (byte) 0xC2, (byte) 0xE0, (byte) 0xED};
    for (int round = 0; round < 200_000; round++) {
      byte[] bytes = new byte[random.nextInt(24)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            switch (random.nextInt(4)) {
              case 0 -> (byte) random.nextInt();
              case 1 -> leads[random.nextInt(leads.length)];
              case 2 -> (byte) (0x80 + random.nextInt(0x40));
              default -> 'x';
            };
      }
      int from = random.nextInt(bytes.length + 1);
      assertThat(Utf8.firstMistake(bytes, from, bytes.length)).isEqualTo(decoded(bytes, from));
    }
  }

  /** How far the JDK's decoder comes. */
  private static int decoded(byte[] bytes, int from) {
    ByteBuffer in = ByteBuffer.wrap(bytes, from, bytes.length - from);
    var _ =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .decode(in, CharBuffer.allocate(bytes.length + 1), true);
    return in.position();
  }
}
