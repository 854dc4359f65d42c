package dev.tallygate.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HeapAdviceTest {
  private static final long MEGABYTE = 1 << 20;

  private final HeapAdvice advice = new HeapAdvice(Path.of("apikeys.json"), 512 * MEGABYTE);

  @Test
  void fileThatFits_isNoMatter() {
    try (LogLines log = new LogLines()) {
      advice.beforeReading(170 * MEGABYTE);
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void fileThatMayNotFit_isToldOnce_withWhatToDo() {
    try (LogLines log = new LogLines()) {
      advice.beforeReading(250 * MEGABYTE);
      advice.beforeReading(260 * MEGABYTE);
      assertThat(log.lines())
          .containsExactly(
              "WARN apikeys.json: 250 MB of keys may not fit into a heap of 512 MB; should this end"
                  + " with an OutOfMemoryError, start with TALLYGATE_JAVA_OPTS=-Xmx1024m");
    }
  }

  /** Of -Xmx1024m the parallel collector lets programs have 910 MB. */
  @Test
  void heapThatWasAdvised_isEnough() {
    try (LogLines log = new LogLines()) {
      new HeapAdvice(Path.of("apikeys.json"), 910 * MEGABYTE).beforeReading(256 * MEGABYTE);
      assertThat(log.lines()).isEmpty();
    }
  }
}
