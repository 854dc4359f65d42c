package dev.tallygate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Keeps {@code docs/predecessor-tests.md} true: every test it names exists and runs. */
class PredecessorMappingTest {
  private static final Pattern REFERENCE = Pattern.compile("`([a-z]+)\\.([A-Z][\\w.]*)#(\\w+)`");
  private static final Map<String, Integer> FEWEST_SUBJECTS =
      Map.of("Cache (57)", 45, "Storage (16)", 16, "Load (14)", 14, "Failure (20)", 20);

  @Test
  void everyNamedTest_exists() throws Exception {
    Matcher references = REFERENCE.matcher(document());
    int found = 0;
    while (references.find()) {
      assertThat(isTest(references.group(1), references.group(2), references.group(3)))
          .as(references.group())
          .isTrue();
      found++;
    }
    assertThat(found).isGreaterThan(100);
  }

  @Test
  void everySubject_hasACounterpart() throws IOException {
    Map<String, List<String>> sections = rowsBySection();
    assertThat(sections.keySet()).isEqualTo(new TreeSet<>(FEWEST_SUBJECTS.keySet()));
    sections.forEach((section, rows) -> {
      assertThat(rows).as(section).hasSizeGreaterThanOrEqualTo(FEWEST_SUBJECTS.get(section));
      assertThat(rows).allSatisfy(row -> assertThat(REFERENCE.matcher(row).find()).isTrue());
    });
  }

  private static Map<String, List<String>> rowsBySection() throws IOException {
    Map<String, List<String>> sections = new TreeMap<>();
    List<String> rows = new ArrayList<>();
    for (String line : document().lines().toList()) {
      if (line.startsWith("## ")) {
        rows = new ArrayList<>();
        sections.put(line.substring(3), rows);
      } else if (line.startsWith("| ") && !line.startsWith("| Subject |")) {
        rows.add(line);
      }
    }
    return sections;
  }

  private static boolean isTest(String inPackage, String nested, String method)
      throws ClassNotFoundException {
    Class<?> type = Class.forName("dev.tallygate." + inPackage + "." + nested.replace('.', '$'));
    for (Method candidate : type.getDeclaredMethods()) {
      if (candidate.getName().equals(method)) {
        return candidate.isAnnotationPresent(Test.class)
            || candidate.isAnnotationPresent(ParameterizedTest.class);
      }
    }
    return false;
  }

  private static String document() throws IOException {
    return Files.readString(
        Path.of(System.getProperty("tallygate.root", ".."), "docs", "predecessor-tests.md"));
  }
}
