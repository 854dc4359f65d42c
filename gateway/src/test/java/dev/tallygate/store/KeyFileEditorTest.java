package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.document;
import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tallygate.auth.KeyAdministration.KeyExistsException;
import dev.tallygate.auth.KeyAdministration.NotInForceException;
import dev.tallygate.auth.KeyAdministration.UnknownKeyException;
import dev.tallygate.auth.NewKey;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.QuotaMode;
import dev.tallygate.model.Secret;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
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
  void create_byRoot_givesTheFileToTheOwnerOfTheFolder() throws Exception {
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Path data = Files.createDirectory(folder.resolve("data"));
    Files.setAttribute(data, "unix:uid", 12_345);
    Path path = data.resolve("apikeys.json");
    try (FileKeyStore store = open(path)) {
      new KeyFileEditor(store, ticker).create(NewKey.of(KeyDigest.of("s"), "N", 1));
    }
    assertThat(Files.getAttribute(path, "unix:uid")).isEqualTo(12_345);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
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
                      true,
                      new Secret("up"),
                      QuotaMode.STRICT));
      assertThat(key.disabled()).isTrue();
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

  private static final String ID = ApiKey.defaultId(KeyDigest.of("k1"));

  /** What a file becomes by a change of the key {@code k1}. */
  private String changed(String before, UnaryOperator<ApiKey> edit) throws Exception {
    KeyFile file = new KeyFile(folder).write(before);
    try (FileKeyStore store = open(file.path)) {
      ApiKey key = new KeyFileEditor(store, ticker).change(ID, edit);
      assertThat(store.snapshot().keys()).contains(key);
      assertThat(store.problems()).isEmpty();
    }
    return file.text();
  }

  private static UnaryOperator<ApiKey> with(Consumer<KeyDraft> change) {
    return key -> {
      KeyDraft draft = new KeyDraft(key);
      change.accept(draft);
      return draft.key();
    };
  }

  @Test
  void change_writesWhatDiffersAndTheId_nothingElse() throws Exception {
    String before = document(entry("k0", "Zero"), entry("k1", "One"), entry("k2", "Two"));
    String after =
        changed(
            before,
            with(draft -> {
              draft.tokenLimitPer5h(5);
              draft.requestsPerMinute(7);
              draft.disabled(true);
            }));
    String one = entry("k1", "One").indent(4).stripTrailing();
    assertThat(after)
        .isEqualTo(
            before.replace(
                one,
                one.replace("\"key\"", "\"id\": \"" + ID + "\",\n      \"key\"")
                    .replace(": 100000", ": 5,\n      \"requests_per_minute\": 7")
                    .replace(
                        "\"created_at\": \"2026-01-18T00:00:00Z\"",
                        "\"created_at\": \"2026-01-18T00:00:00Z\",\n      \"disabled\": true")));
  }

  @Test
  void change_keepsEveryLayout() throws Exception {
    assertThat(
            changed(
                "{\"keys\":[{\"key\":\"k1\",\"x\":[1.50, {}],\"token_limit_per_5h\":1,"
                    + "\"expiry_date\":\"2027-01-01T00:00:00Z\"}]}",
                with(draft -> {
                  draft.tokenLimitPer5h(2);
                  draft.models(List.of("a", "b"));
                })))
        .isEqualTo(
            "{\"keys\":[{\"id\":\""
                + ID
                + "\",\"key\":\"k1\",\"models\":[\"a\",\"b\"],\"x\":[1.50, {}],"
                + "\"token_limit_per_5h\":2,\"expiry_date\":\"2027-01-01T00:00:00Z\"}]}");
    assertThat(
            changed(
                "{\"keys\": [{ \"key\": \"k1\", \"token_limit_per_5h\": 1, \"expiry_date\":"
                    + " \"2027-01-01T00:00:00Z\" }]}",
                with(draft -> draft.name("é \"x\""))))
        .isEqualTo(
            "{\"keys\": [{ \"id\": \""
                + ID
                + "\", \"key\": \"k1\", \"name\": \"é \\\"x\\\"\", \"token_limit_per_5h\": 1,"
                + " \"expiry_date\": \"2027-01-01T00:00:00Z\" }]}");
    String tabs =
        "{\n\t\"keys\": [\n\t\t{\n\t\t\t\"key\": \"k1\",\n\t\t\t\"note\":\t\"keep\",\n\t\t\t"
            + "\"token_limit_per_5h\": 1,\n\t\t\t\"expiry_date\": \"2027-01-01T00:00:00Z\"\n\t\t}\n\t]\n}\n";
    UnaryOperator<ApiKey> toModels = with(draft -> draft.models(List.of("a")));
    String tabsAfter =
        tabs.replace(
            "\"key\": \"k1\",",
            "\"id\": \""
                + ID
                + "\",\n\t\t\t\"key\": \"k1\",\n\t\t\t\"models\": [\n\t\t\t\t\"a\"\n\t\t\t],");
    assertThat(changed(tabs, toModels)).isEqualTo(tabsAfter);
    assertThat(changed(tabs.replace("\n", "\r\n"), toModels))
        .isEqualTo(tabsAfter.replace("\n", "\r\n"));
  }

  @Test
  void change_toNothing_removesMembers_glmkeyToo() throws Exception {
    String odd =
        """
        {"keys": [
          {"model": "m", "id": "%s", "key": "k1", "models": ["a"], "requests_per_minute": 3, "disabled": true,
           "glmkey": "up", "upstream_key": "up", "quota_mode": "strict",
           "token_limit_per_5h": 1, "expiry_date": "2027-01-01T00:00:00Z", "note": null}
        ]}
        """
            .formatted(ID);
    assertThat(
            changed(
                odd,
                with(draft -> {
                  draft.model(null);
                  draft.models(List.of());
                  draft.requestsPerMinute(null);
                  draft.disabled(false);
                  draft.upstreamKey(null);
                  draft.quotaMode(QuotaMode.ADAPTIVE);
                })))
        .isEqualTo(
            """
            {"keys": [
              {"id": "%s", "key": "k1",
               "token_limit_per_5h": 1, "expiry_date": "2027-01-01T00:00:00Z", "note": null}
            ]}
            """
                .formatted(ID));
    assertThat(changed(odd, with(draft -> draft.upstreamKey(new Secret("new")))))
        .isEqualTo(odd.replace("\"up\"", "\"new\""));
  }

  @Test
  void change_ofTheSecret_replacesPlainText_andKeepsTheOldOneForItsGrace() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    Instant until = FakeTicker.START.plusSeconds(60);
    UnaryOperator<ApiKey> rotation = with(draft -> draft.rotate(KeyDigest.of("new"), until));
    try (FileKeyStore store = open(file.path)) {
      ApiKey key = new KeyFileEditor(store, ticker).change(ID, rotation);
      assertThat(key.display()).isEqualTo(ID);
      assertThat(store.find(KeyDigest.of("new")).key()).isEqualTo(key);
      assertThat(store.find(KeyDigest.of("k1")).key()).isEqualTo(key);
    }
    assertThat(file.text())
        .contains(
            "\"id\": \"%s\",\n      \"key_hash\": \"%s\",\n      \"previous_key_hash\": \"%s\",\n"
                    .formatted(ID, KeyDigest.of("new"), KeyDigest.of("k1"))
                + "      \"previous_valid_until\": \"2026-01-18T12:01:00.000Z\",\n      \"name\"")
        .doesNotContain("\"k1\"");
  }

  @Test
  void change_isInForceForEveryListener_whenItReturns() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    try (FileKeyStore store = new FileKeyStore(file.path, Ticker.system())) {
      List<Set<KeyDigest>> heard = new CopyOnWriteArrayList<>();
      store.onChange((digests, revision) -> heard.add(digests));
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      editor.change(ID, with(draft -> draft.disabled(true)));
      assertThat(heard).containsExactly(Set.of(KeyDigest.of("k1")));
      editor.remove(ID, key -> {});
      assertThat(heard).hasSize(2);
    }
  }

  @Test
  void change_ofNothing_writesNothing() throws Exception {
    String before = document(entry("k1", "One"));
    assertThat(changed(before, key -> key)).isEqualTo(before);
  }

  @Test
  void change_thatCannotStand_isRefusedAndLeavesTheFile() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"), entry("k2", "Two"));
    String before = file.text();
    try (FileKeyStore store = open(file.path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThatExceptionOfType(KeyExistsException.class)
          .isThrownBy(
              () -> editor.change(ID, with(draft -> draft.rotate(KeyDigest.of("k2"), null))))
          .withMessage("key " + ID + ": another key has this secret");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> editor.change(ID, with(draft -> draft.model(" "))))
          .withMessageContaining("model: expected 1 to 200");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> editor.change(ID, with(draft -> draft.upstreamKey(new Secret("ü")))))
          .withMessageContaining("no HTTP header");
      assertThatExceptionOfType(UnknownKeyException.class)
          .isThrownBy(() -> editor.change("nobody", key -> key))
          .withMessage("there is no key nobody");
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              editor.change(
                  ID,
                  key -> {
                    throw new IllegalArgumentException("not so");
                  }))
          .withMessage("not so");
    }
    assertThat(file.text()).isEqualTo(before);
  }

  @Test
  void change_ofASecretThatAnotherEntryRepeats_isRefused() throws Exception {
    String other = entry("k1", "Other").replaceFirst("\\{", "{\"id\": \"other\",");
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"), other);
    try (FileKeyStore store = open(file.path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> editor.change(ID, with(draft -> draft.rotate(KeyDigest.of("new"), null))))
          .withMessageContaining("entry 2 of the file repeats its secret");
      editor.change(ID, with(draft -> draft.tokenLimitPer5h(1)));
      assertThat(store.find(KeyDigest.of("k1")).key()).extracting("name").isEqualTo("One");
    }
  }

  @Test
  void change_besideAHandEdit_startsAgainFromIt() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    try (FileKeyStore store = open(file.path)) {
      int[] calls = new int[1];
      ApiKey key =
          new KeyFileEditor(store, ticker)
              .change(
                  ID,
                  old -> {
                    if (calls[0]++ == 0) {
                      file.replace(file.text().replace("\"One\"", "\"By hand\""));
                    }
                    return with(draft -> draft.tokenLimitPer5h(5)).apply(old);
                  });
      assertThat(calls[0]).isEqualTo(2);
      assertThat(key.name()).isEqualTo("By hand");
      assertThat(key.tokenLimitPer5h()).isEqualTo(5);
    }
    assertThat(file.text()).contains("\"By hand\"", "\"token_limit_per_5h\": 5,");
  }

  @Test
  void change_whereTheFileCannotBeChanged_saysWhy() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    try (FileKeyStore store = open(file.path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      Files.setPosixFilePermissions(file.path, PosixFilePermissions.fromString("r--r--r--"));
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> editor.change(ID, with(draft -> draft.tokenLimitPer5h(1))))
          .withMessage("cannot change a key in " + file.path + ": it is read-only");
      Files.delete(file.path);
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> editor.remove(ID, key -> {}))
          .withMessageContaining("the file has vanished; restore the file");
    }
  }

  @Test
  void change_beforeThereIsAFile_knowsNoKey() {
    try (FileKeyStore store = open(folder.resolve("none.json"))) {
      assertThatExceptionOfType(UnknownKeyException.class)
          .isThrownBy(() -> new KeyFileEditor(store, ticker).change("k", key -> key));
    }
  }

  @Test
  void remove_takesTheEntryAndItsSeparator() throws Exception {
    String[] names = {"k1", "k2", "k3"};
    for (String gone : names) {
      String[] left =
          Stream.of(names)
              .filter(name -> !name.equals(gone))
              .map(name -> entry(name, name))
              .toArray(String[]::new);
      KeyFile file =
          new KeyFile(folder).keys(entry("k1", "k1"), entry("k2", "k2"), entry("k3", "k3"));
      try (FileKeyStore store = open(file.path)) {
        new KeyFileEditor(store, ticker)
            .remove(
                ApiKey.defaultId(KeyDigest.of(gone)),
                key -> assertThat(key.name()).isEqualTo(gone));
        assertThat(store.find(KeyDigest.of(gone)).key()).isNull();
      }
      assertThat(file.text()).isEqualTo(document(left));
    }
  }

  @Test
  void remove_ofTheLastKey_leavesAnEmptyList_andOfAnUnwantedNone() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    String before = file.text();
    try (FileKeyStore store = open(file.path)) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThatIllegalStateException()
          .isThrownBy(() ->
              editor.remove(
                  ID,
                  key -> {
                    throw new IllegalStateException("kept");
                  }));
      assertThat(file.text()).isEqualTo(before);
      editor.remove(ID, key -> {});
      assertThat(editor.keys()).isEmpty();
    }
    assertThat(file.text()).isEqualTo(document());
  }

  @Test
  void remove_takesRepetitionsAlong_soThatNoneComesIntoForce() throws Exception {
    String other = entry("k1", "Other").replaceFirst("\\{", "{\"id\": \"other\",");
    String broken = entry("k9", "Broken").replace("100000", "-1");
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"), broken, other, entry("k2", "Two"));
    try (FileKeyStore store = open(file.path)) {
      new KeyFileEditor(store, ticker).remove(ID, key -> {});
      assertThat(store.find(KeyDigest.of("k1")).key()).isNull();
      assertThat(store.problems()).hasSize(1);
    }
    assertThat(file.text()).isEqualTo(document(broken, entry("k2", "Two")));
  }

  @Test
  void leftovers_ofKilledWriters_areRemovedAfterAnHour() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    Path left = folder.resolve(".apikeys.json.12ab.tallygate.tmp");
    for (boolean later : new boolean[] {false, true}) {
      Files.writeString(left, "{");
      if (later) {
        ticker.advance(Duration.ofDays(36_500));
      }
      try (FileKeyStore store = open(file.path)) {
        new KeyFileEditor(store, ticker).create(NewKey.of(KeyDigest.of("s" + later), "N", 1));
      }
      assertThat(Files.exists(left)).isEqualTo(!later);
    }
  }

  @Test
  void leftovers_ofTheGatewayBefore_areRemovedAtItsStart_andNobodyElses() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"));
    Path own = folder.resolve(".apikeys.json.gateway.tallygate.tmp");
    Path others = folder.resolve(".apikeys.json.12ab.tallygate.tmp");
    Path foreign = folder.resolve(".apikeys.json.swp");
    for (Path each : List.of(own, others, foreign)) {
      Files.writeString(each, "{");
    }
    FileKeyStore.ofTheOnlyGateway(file.path, ticker, (id, usage) -> {}).close();
    assertThat(List.of(own, others, foreign))
        .filteredOn(Files::exists)
        .containsExactly(others, foreign);
  }

  @Test
  void leftovers_besideALinksTarget_mayBeAnotherGateways() throws Exception {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    KeyFile file = new KeyFile(elsewhere).keys(entry("k1", "One"));
    Path link = Files.createSymbolicLink(folder.resolve("apikeys.json"), file.path);
    Path left = elsewhere.resolve(".apikeys.json.gateway.tallygate.tmp");
    Files.writeString(left, "{");
    FileKeyStore.ofTheOnlyGateway(link, Ticker.system(), (id, usage) -> {}).close();
    assertThat(left).exists();
  }

  /** Somebody truncates the file just after it was replaced, and perhaps writes it again. */
  private static final class Truncating extends FileOps {
    private final Path path;
    private final String then;
    private int looks = -1;

    Truncating(Path path, String then) {
      this.path = path;
      this.then = then;
    }

    @Override
    boolean exchange(Path edition, Path target) {
      boolean done = super.exchange(edition, target);
      write("{\"keys\": [");
      looks = 0;
      return done;
    }

    @Override
    Sight look(Path looked) {
      if (looks >= 0 && looks++ == 10 && !then.isEmpty()) {
        write(then);
      }
      return super.look(looked);
    }

    private void write(String text) {
      try {
        Files.writeString(path, text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private FileKeyStore truncating(KeyFile file, String then) {
    return new FileKeyStore(
        file.path, ticker, (id, usage) -> {}, new Truncating(file.path, then), false);
  }

  @Test
  void remove_thatIsWrittenAndNotInForce_isNoSuccess() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"), entry("k2", "Two"));
    try (FileKeyStore store = truncating(file, "")) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThatExceptionOfType(NotInForceException.class)
          .isThrownBy(() -> editor.remove(ID, key -> {}))
          .withMessageContaining("that is not in force: line 1, column")
          .withMessageEndingWith("; mend the file");
      assertThat(editor.key(ID)).isNotNull();
    }
  }

  @Test
  void createAndChange_thatAreWrittenAndNotInForce_tellWhatWasWritten() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"), entry("k2", "Two"));
    NewKey ada = NewKey.of(KeyDigest.of("tg_ada"), "Ada", 1);
    try (FileKeyStore store = truncating(file, "")) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThatExceptionOfType(NotInForceException.class)
          .isThrownBy(() -> editor.create(ada))
          .satisfies(e -> assertThat(e.key().digest()).isEqualTo(ada.digest()));
    }
    file.keys(entry("k1", "One"), entry("k2", "Two"));
    try (FileKeyStore store = truncating(file, "")) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      assertThatExceptionOfType(NotInForceException.class)
          .isThrownBy(() -> editor.change(ID, key -> new KeyDraft(key).disabled(true).key()))
          .satisfies(e -> assertThat(e.key().disabled()).isTrue());
    }
  }

  @Test
  void remove_thatIsWrittenOver_isNoSuccess() throws Exception {
    String before = document(entry("k1", "One"), entry("k2", "Two"));
    KeyFile file = new KeyFile(folder).write(before);
    try (FileKeyStore store = truncating(file, before)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> new KeyFileEditor(store, ticker).remove(ID, key -> {}))
          .withMessageContaining("not in force: somebody has written over it");
    }
  }

  @Test
  void remove_waitsUntilItIsInForce() throws Exception {
    KeyFile file = new KeyFile(folder).keys(entry("k1", "One"), entry("k2", "Two"));
    try (FileKeyStore store = truncating(file, document(entry("k2", "Two")))) {
      KeyFileEditor editor = new KeyFileEditor(store, ticker);
      editor.remove(ID, key -> {});
      assertThat(editor.key(ID)).isNull();
      assertThat(editor.keys()).hasSize(1);
    }
  }
}
