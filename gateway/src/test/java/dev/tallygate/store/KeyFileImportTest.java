package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.document;
import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole files: entries of another one taken over, and secrets in plain text made digests. */
class KeyFileImportTest {
  private final FakeTicker ticker = new FakeTicker();
  @TempDir Path folder;

  private FileKeyStore open(Path path) {
    return new FileKeyStore(path, ticker, (id, usage) -> {}, new FileOps(), false);
  }

  private static String id(String secret) {
    return ApiKey.defaultId(KeyDigest.of(secret));
  }

  /** An entry as an import or {@code hash} leaves it. */
  private static String hashed(String secret, String name) {
    return entry(secret, name)
        .replace(
            "\"key\": \"" + secret + "\"",
            "\"id\": \"%s\",\n  \"key_hash\": \"%s\"".formatted(id(secret), KeyDigest.of(secret)));
  }

  @Test
  void addAll_takesOverWhatIsNew_usageAndUnknownMembersToo_andNamesTheRest() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    String used =
        entry("k2", "Two")
            .replace(
                "\"total_lifetime_tokens\": 0",
                "\"note\": [1.50],\n  \"total_lifetime_tokens\": 7");
    Path other = folder.resolve("other.json");
    Files.writeString(
        other, document(entry("k1", "Again"), used, entry("k3", "Bad").replace("100000", "-1")));
    List<String> shown = new ArrayList<>();
    try (FileKeyStore store =
        new FileKeyStore(
            file.path,
            ticker,
            (key, usage) -> shown.add(key + " " + usage.lifetimeTokens()),
            new FileOps(),
            false)) {
      KeyImport result = new KeyFileEditor(store, ticker).addAll(other);
      assertThat(result.added()).extracting(ApiKey::name).containsExactly("Two");
      assertThat(result.skipped())
          .extracting(EntryProblem::toString)
          .containsExactly(
              "entry 1 (Again): is here already",
              "entry 3 (Bad): token_limit_per_5h: -1 (expected: an integer >= 0)");
      assertThat(store.find(KeyDigest.of("k2")).key()).isNotNull();
    }
    assertThat(shown).contains(id("k2") + " 7");
    assertThat(file.text())
        .isEqualTo(
            document(
                entry("k1", "One"),
                hashed("k2", "Two")
                    .replace(
                        "\"total_lifetime_tokens\": 0",
                        "\"note\": [1.50],\n  \"total_lifetime_tokens\": 7")));
  }

  @Test
  void addAll_beginsTheFile_andAgainChangesNothing() throws Exception {
    Path path = folder.resolve("data/apikeys.json");
    Path other = new KeyFile(folder).keys(entry("k1", "One"), entry("k2", "Two")).path;
    try (FileKeyStore store = open(path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThat(editor.addAll(other).added()).hasSize(2);
      String first = Files.readString(path);
      assertThat(first).isEqualTo(document(hashed("k1", "One"), hashed("k2", "Two")));
      assertThat(editor.addAll(other).skipped()).hasSize(2);
      assertThat(Files.readString(path)).isEqualTo(first);
    }
  }

  @Test
  void addAll_ofWhatIsNoKeyFile_saysWhere() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    Path other = Files.writeString(folder.resolve("other.json"), "{\"keys\": [oops");
    try (FileKeyStore store = open(file.path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> editor.addAll(other))
          .withMessage(other + ": line 1, column 11: not valid JSON");
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> editor.addAll(folder.resolve("none.json")))
          .withMessageStartingWith(folder.resolve("none.json") + ": ");
    }
    assertThat(file.text()).isEqualTo(document(entry("k1", "One")));
  }

  @Test
  void hashSecrets_keepsDigestsOnly_andEverythingElse() throws Exception {
    String both =
        entry("k2", "Both")
            .replaceFirst("\\{", "{\"key_hash\": \"%s\",".formatted(KeyDigest.of("k2")));
    String refused = entry("k3", "Refused").replace("100000", "-1");
    String atOdds =
        entry("k4", "Odd")
            .replaceFirst("\\{", "{\"key_hash\": \"%s\",".formatted(KeyDigest.of("x")));
    KeyFile file =
        new KeyFile(folder)
            .write(
                document(
                    entry("k1", "One"), both, refused, atOdds, "7", "{}", entry("k1", "Again")));
    try (FileKeyStore store = open(file.path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThat(editor.hashSecrets())
          .containsExactly(id("k1"), id("k2"), "entry 3 (refused)", "entry 7 (refused)");
      assertThat(store.find(KeyDigest.of("k1")).key()).extracting("name").isEqualTo("One");
      String after = file.text();
      assertThat(after)
          .startsWith(document(hashed("k1", "One")).replace("\n  ]\n}\n", ""))
          .doesNotContain("\"k1\"", "\"k2\"", "\"k3\"")
          .contains(document(atOdds, "7", "{}").substring(16).replace("\n  ]\n}\n", ""));
      assertThat(editor.hashSecrets()).isEmpty();
      assertThat(file.text()).isEqualTo(after);
    }
  }

  @Test
  void hashSecrets_ofAnEntryThatNamesItsKeyTwice_bringsNothingIntoForce() throws Exception {
    String same = entry("k1", "Same").replaceFirst("\\{", "{\"key\": \"k1\",");
    String other = entry("k2", "Other").replaceFirst("\\{", "{\"key\": null, \"key\": \"k3\",");
    KeyFile file = new KeyFile(folder).keys(same, other);
    try (FileKeyStore store = open(file.path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThat(editor.hashSecrets()).containsExactly("entry 1 (refused)", "entry 2 (refused)");
      assertThat(store.find(KeyDigest.of("k1")).key()).isNull();
      assertThat(store.problems()).hasSize(2);
      assertThat(editor.hashSecrets()).isEmpty();
    }
    assertThat(file.text()).doesNotContain("\"k1\"", "\"k2\"", "\"k3\"");
  }

  /** Entries as scripts write them that fill in every member. */
  private static String withNull(String secret, String before, String after) {
    return entry(secret, "N")
        .replace("\"key\": \"" + secret + "\"", before + "\"key\": \"" + secret + "\"" + after);
  }

  @Test
  void nullDigest_isNone_soThatNoSecretStays() throws Exception {
    String digestGiven =
        entry("x", "N")
            .replace(
                "\"key\": \"x\"", "\"key\": null, \"key_hash\": \"" + KeyDigest.of("k3") + "\"");
    KeyFile file =
        new KeyFile(folder)
            .keys(
                withNull("k1", "", ", \"key_hash\": null"),
                withNull("k2", "\"key_hash\": null, ", ""),
                digestGiven);
    Path into = folder.resolve("into.json");
    try (FileKeyStore store = open(into)) {
      assertThat(new KeyFileEditor(store, ticker).addAll(file.path).added()).hasSize(3);
      assertThat(store.find(KeyDigest.of("k1")).key()).isNotNull();
      assertThat(store.find(KeyDigest.of("k3")).key()).isNotNull();
    }
    assertThat(Files.readString(into))
        .contains(KeyDigest.of("k1").toString(), KeyDigest.of("k2").toString())
        .doesNotContain("\"key\"", "\"k1\"", "\"k2\"", "null,\n  \"key");
    try (FileKeyStore store = open(file.path)) {
      assertThat(new KeyFileEditor(store, ticker).hashSecrets())
          .containsExactly(id("k1"), id("k2"));
      assertThat(store.find(KeyDigest.of("k2")).key()).isNotNull();
      assertThat(store.problems()).isEmpty();
    }
    assertThat(file.text()).doesNotContain("\"k1\"", "\"k2\"");
  }
}
