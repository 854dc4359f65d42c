package dev.tallygate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Keeps {@code docs/predecessor-tests.md} true: every test it names exists and runs. */
class PredecessorMappingTest {
  private static final String DOCUMENT = "predecessor-tests.md";
  private static final Map<String, Integer> FEWEST_SUBJECTS =
      Map.of("Cache (57)", 45, "Storage (16)", 16, "Load (14)", 14, "Failure (20)", 20);

  @Test
  void everyNamedTest_exists() throws IOException {
    NamedTests document = NamedTests.in(DOCUMENT);
    assertThat(document.missing()).isEmpty();
    assertThat(document.count()).isGreaterThan(100);
  }

  @Test
  void everySubject_hasACounterpart() throws IOException {
    Map<String, List<String>> sections = rowsBySection();
    assertThat(sections.keySet()).isEqualTo(new TreeSet<>(FEWEST_SUBJECTS.keySet()));
    sections.forEach((section, rows) -> {
      assertThat(rows).as(section).hasSizeGreaterThanOrEqualTo(FEWEST_SUBJECTS.get(section));
      assertThat(rows).allSatisfy(row -> assertThat(NamedTests.names(row)).isTrue());
    });
  }

  private static Map<String, List<String>> rowsBySection() throws IOException {
    Map<String, List<String>> sections = new TreeMap<>();
    List<String> rows = new ArrayList<>();
    for (String line : NamedTests.in(DOCUMENT).lines().toList()) {
      if (line.startsWith("## ")) {
        rows = new ArrayList<>();
        sections.put(line.substring(3), rows);
      } else if (line.startsWith("| ") && !line.startsWith("| Subject |")) {
        rows.add(line);
      }
    }
    return sections;
  }
}
