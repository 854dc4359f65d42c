package dev.tallygate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.AsciiString;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeaderNamesTest {
  @Test
  void contains_ignoresCase_andTheKindOfText() {
    HeaderNames names = new HeaderNames(AsciiString.of("te"), AsciiString.of("keep-alive"));
    assertThat(names.contains("TE")).isTrue();
    assertThat(names.contains(AsciiString.of("Keep-Alive"))).isTrue();
    assertThat(names.contains("keep-alives")).isFalse();
    assertThat(names.contains("")).isFalse();
  }

  @Test
  void contains_knowsAllOfMany_andNoOther() {
    HeaderNames names =
        new HeaderNames(
            IntStream.range(0, 100)
                .mapToObj(i -> AsciiString.of("name-" + i))
                .toArray(AsciiString[]::new));
    for (int i = 0; i < 1_000; i++) {
      assertThat(names.contains("NAME-" + i)).as("%d", i).isEqualTo(i < 100);
    }
  }
}
