package dev.tallygate.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultTableTest {
  private enum Some implements Part {
    FIRST,
    SECOND;

    @Override
    public List<Finding> run(Lab lab) {
      throw new UnsupportedOperationException();
    }
  }

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  @Test
  void aPart_replacesItsOwnRowsOnly() throws IOException {
    measure("2 cores", Some.FIRST, "old", "2026-01-01, abc");
    measure("2 cores", Some.SECOND, "other", "2026-01-02, abc");
    String rows = measure("2 cores", Some.FIRST, "new", "2026-01-03, def+changes");
    assertThat(rows)
        .contains(
            "| new | how | result | reached | 2026-01-03, def+changes | `bin/a first` |",
            "| other | how | result | reached | 2026-01-02, abc | `bin/a second` |")
        .doesNotContain("old");
  }

  @Test
  void rowsOfAnotherMachine_areLeftOut_evenWithASimilarName() throws IOException {
    measure("32 cores", Some.FIRST, "old", "2026-01-01, abc");
    assertThat(measure("2 cores", Some.SECOND, "new", "2026-01-01, abc")).doesNotContain("old");
  }

  private String measure(String host, Part part, String criterion, String when) throws IOException {
    ResultTable table =
        ResultTable.read(folder.resolve("a.md"), host, "bin/a", List.of(Some.values()));
    table.replace(part, List.of(new Finding(criterion, "how", true, "result")), when);
    table.write();
    return table.rows();
  }
}
