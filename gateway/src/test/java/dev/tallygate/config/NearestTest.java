package dev.tallygate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "port, port, 0",
    "port, prot, 1",
    "port, pot, 1",
    "port, sport, 1",
    "port, part, 1",
    "'', port, 4",
    "kitten, sitting, 3",
  })
  void distance_countsEdits(String a, String b, int edits) {
    assertThat(Nearest.distance(a, b)).isEqualTo(edits);
    assertThat(Nearest.distance(b, a)).isEqualTo(edits);
  }

  @Test
  void to_prefersTheNearest() {
    assertThat(Nearest.to("epol", Stream.of("auto", "io_uring", "epoll", "nio"))).hasValue("epoll");
    assertThat(Nearest.to("IOURING", Stream.of("auto", "io_uring"))).hasValue("io_uring");
    assertThat(Nearest.to("--cache-ttl", Stream.of("--cache-ttl-ms", "--cache-enabled")))
        .hasValue("--cache-ttl-ms");
  }

  @Test
  void to_withNothingNear_isEmpty() {
    assertThat(Nearest.to("kqueue", Stream.of("auto", "io_uring", "epoll", "nio"))).isEmpty();
  }
}
