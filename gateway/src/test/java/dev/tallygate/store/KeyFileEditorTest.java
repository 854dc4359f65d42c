package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tallygate.auth.NewKey;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileEditorTest {
  private final FakeTicker ticker = new FakeTicker();
  @TempDir Path folder;

  private FileKeyStore open(Path path) {
    return new FileKeyStore(path, ticker, (id, usage) -> {}, new FileOps(), false);
  }

  @Test
  void create_beginsFileAndFolder_forTheOwnerOnly_hashOnly() throws Exception {
    Path path = folder.resolve("new/data/apikeys.json");
    try (FileKeyStore store = open(path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      ApiKey key = editor.create(NewKey.of(KeyDigest.of("tg_secret"), "Demo", 1000));
      assertThat(store.find(KeyDigest.of("tg_secret")).key()).isEqualTo(key);
      assertThat(key.expiresAt()).isEqualTo(Instant.parse("2027-01-18T12:00:00Z"));
      assertThat(Files.readString(path))
          .isEqualTo(
              """
              {
                "keys": [
                  {
                    "id": "%s",
                    "key_hash": "%s",
                    "name": "Demo",
                    "token_limit_per_5h": 1000,
                    "expiry_date": "2027-01-18T12:00:00.000Z",
                    "created_at": "2026-01-18T12:00:00.000Z",
                    "last_used": null,
                    "total_lifetime_tokens": 0,
                    "usage_windows": []
                  }
                ]
              }
              """
                  .formatted(key.id(), KeyDigest.of("tg_secret")));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void create_appendsAndReadsBackWhatWasAskedFor() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    String before = file.text();
    try (FileKeyStore store = open(file.path)) {
      ApiKey key =
          new KeyFileEditor(store, ticker)
              .create(
                  new NewKey(
                      KeyDigest.of("s"),
                      "team",
                      "T \"q\" ü",
                      "*",
                      List.of("a", "b"),
                      5,
                      6,
                      7,
                      Instant.parse("2026-02-01T00:00:00Z"),
                      new Secret("up"),
                      QuotaMode.STRICT));
      assertThat(store.find(KeyDigest.of("s")).key()).isEqualTo(key);
      assertThat(key.models()).containsExactly("a", "b");
      assertThat(store.snapshot().keys()).hasSize(2);
      String kept = before.substring(0, before.indexOf("\n  ]"));
      assertThat(file.text()).startsWith(kept + ",\n    {\n      \"id\": \"team\",\n");
      assertThat(file.text()).endsWith("\n    }\n  ]\n}\n");
    }
  }

  @Test
  void create_intoEmptyListsOfAnyLayout() throws Exception {
    for (String empty :
        new String[] {"{\"keys\":[]}", "{\"keys\": [\n  ]}", "{\n  \"keys\": []\n}\n"}) {
      KeyFile file = new KeyFile(folder).write(empty);
      try (FileKeyStore store = open(file.path)) {
        new KeyFileEditor(store, ticker).create(NewKey.of(KeyDigest.of("s"), "N", 1));
        assertThat(store.snapshot().keys()).hasSize(1);
        assertThat(file.text()).contains("[\n    {\n      \"id\"");
      }
    }
  }

  @Test
  void create_ofWhatIsThere_isRefused() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    String before = file.text();
    try (FileKeyStore store = open(file.path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> editor.create(NewKey.of(KeyDigest.of("k1"), "x", 1)))
          .withMessageContaining("exists already");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> editor.create(NewKey.of(KeyDigest.of("k2"), "x", -1)));
    }
    assertThat(file.text()).isEqualTo(before);
  }

  @Test
  void create_intoABrokenFile_saysSoAndLeavesIt() {
    KeyFile file = new KeyFile(folder).write("{\"keys\": [oops");
    try (FileKeyStore store = open(file.path)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(
              () -> new KeyFileEditor(store, ticker).create(NewKey.of(KeyDigest.of("s"), "x", 1)))
          .withMessageContaining("line 1, column");
    }
    assertThat(file.text()).isEqualTo("{\"keys\": [oops");
  }
}
