package dev.tallygate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeadWriterTest {
  private final HeadWriter writer = new HeadWriter();

  private String written() {
    ByteBuf out = Unpooled.buffer();
    writer.copyTo(out);
    assertThat(out.readableBytes()).isEqualTo(writer.length());
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void request_isItsLinesInOrder() {
    writer.request(AsciiString.of("POST"), "/base", "/v1/x?y=\u00e4").line("a", "b").endLine();
    assertThat(written()).isEqualTo("POST /base/v1/x?y=\u00e4 HTTP/1.1\r\na: b\r\n\r\n");
  }

  @Test
  void answer_beginsAnew() {
    writer.request(AsciiString.of("GET"), "", "/").endLine();
    writer.answer(AsciiString.of("503"), "Out").line(AsciiString.of("x"), 0).endLine();
    assertThat(written()).isEqualTo("HTTP/1.1 503 Out\r\nx: 0\r\n\r\n");
  }

  @Test
  void slicesOfAsciiStrings_areWrittenFromTheirOffset() {
    AsciiString slice = new AsciiString("name: value").subSequence(6, 11, false);
    writer.answer(AsciiString.of("200"), "").line("a", slice);
    assertThat(written()).endsWith("a: value\r\n");
  }

  @Test
  void charactersBeyondLatin1_cannotBecomeLineBreaks() {
    writer.answer(AsciiString.of("200"), "").line("a", "\u010d\u010a\u4e2d");
    assertThat(written()).endsWith("a: ???\r\n");
  }

  @Test
  void numbers_areWrittenAsTheyAre() {
    Random random = new Random(1);
    for (int i = 0; i < 1_000; i++) {
      long number = random.nextLong() >>> (1 + random.nextInt(63));
      writer.answer(AsciiString.of("200"), "").line(AsciiString.of("n"), number);
      assertThat(written()).endsWith("\r\nn: " + number + "\r\n");
    }
    writer.answer(AsciiString.of("200"), "").line(AsciiString.of("n"), Long.MAX_VALUE);
    assertThat(written()).endsWith(": 9223372036854775807\r\n");
  }

  @Test
  void longHeads_growIt() {
    String value = "v".repeat(100_000);
    writer.answer(AsciiString.of("200"), "").line("a", value).line("b", value);
    assertThat(written()).endsWith("\r\na: " + value + "\r\nb: " + value + "\r\n");
  }
}
