package dev.tallygate.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void line_hasNoControlCharacters() {
    assertThat(Printable.line("a\u001b[31m\n\u009b\u007fé")).isEqualTo("a?[31m???é");
  }

  @Test
  void brief_isCut_andHalvesNoCharacter() {
    assertThat(Printable.brief("x".repeat(80))).isEqualTo("x".repeat(80));
    assertThat(Printable.brief("x".repeat(81))).isEqualTo("x".repeat(80) + "…");
    assertThat(Printable.brief("x".repeat(79) + "😀y")).isEqualTo("x".repeat(79) + "…");
  }
}
