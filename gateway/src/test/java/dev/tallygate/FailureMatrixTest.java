package dev.tallygate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keeps {@code docs/failure-matrix.md} true: every row names tests, and these exist and run. */
class FailureMatrixTest {
  @Test
  void everyFault_isTested() throws IOException {
    NamedTests matrix = NamedTests.in("failure-matrix.md");
    assertThat(matrix.missing()).isEmpty();
    List<String> faults =
        matrix
            .lines()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| Fault |"))
            .toList();
    assertThat(faults).hasSizeGreaterThan(50).allMatch(NamedTests::names);
  }
}
