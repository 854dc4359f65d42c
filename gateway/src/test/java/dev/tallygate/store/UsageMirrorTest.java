package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.document;
import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageMirrorTest {
  private static final String ID = ApiKey.defaultId(KeyDigest.of("k1"));

  /** Lets a test act, or fail, at the moment of the rename. */
  private static class Stage extends FileOps {
    Runnable beforeRename = () -> {};
    boolean renameFails;
    boolean exchanges = true;
    boolean leases = true;
    final List<String> steps = new ArrayList<>();

    @Override
    FileChannel createPrivate(Path file) throws IOException {
      steps.add("temp file");
      return super.createPrivate(file);
    }

    @Override
    void syncFolder(Path folder) throws IOException {
      steps.add("folder sync");
      super.syncFolder(folder);
    }

    @Override
    ReadLease.Answer lease(Path file) {
      return leases ? super.lease(file) : new ReadLease.NotAvailable();
    }

    @Override
    boolean exchange(Path a, Path b) {
      if (renameFails || !exchanges) {
        return false;
      }
      Runnable once = beforeRename;
      beforeRename = () -> {};
      once.run();
      steps.add("rename");
      return super.exchange(a, b);
    }

    @Override
    void replace(Path source, Path target) throws IOException {
      if (renameFails) {
        throw new FileSystemException(target.toString(), null, "Device or resource busy");
      }
      super.replace(source, target);
    }
  }

  private final FakeTicker ticker = new FakeTicker();
  private final ChangedKeys changed = new ChangedKeys();
  private final FakeUsage usages = new FakeUsage(ticker, changed);
  private final Stage stage = new Stage();
  private final LogLines log = new LogLines();
  private final List<Set<KeyDigest>> notices = new ArrayList<>();
  private final List<AutoCloseable> open = new ArrayList<>();
  @TempDir Path folder;
  private KeyFile file;

  @BeforeEach
  void setUp() {
    file = new KeyFile(folder);
  }

  @AfterEach
  void tearDown() throws Exception {
    log.close();
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  private FileKeyStore store() {
    FileKeyStore store = new FileKeyStore(file.path, ticker, usages, stage, false);
    open.add(store);
    store.onChange((digests, revision) -> notices.add(digests));
    store.poll();
    notices.clear();
    return store;
  }

  private UsageMirror mirror(FileKeyStore store) {
    UsageMirror mirror = new UsageMirror(store, usages, changed, ticker, false);
    open.add(mirror);
    return mirror;
  }

  private void use(String secret, long tokens) {
    usages.use(ApiKey.defaultId(KeyDigest.of(secret)), tokens);
  }

  private static void overwrite(FileChannel held, String text) throws IOException {
    held.truncate(0);
    held.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  @Test
  void write_changesNothingButUsageAndId() {
    String odd =
        """
        {
              "key": "k2", "name":   "caf\\u00e9",
              "token_limit_per_5h": 5, "expiry_date": "2027-01-01T00:00:00Z", "x": 1.50e+3, "y": [ ]
            }\
        """;
    String before = document(entry("k1", "One"), odd, entry("k3", "Three"));
    file.write(before);
    FileKeyStore store = store();
    UsageMirror mirror = mirror(store);
    use("k1", 902);
    assertThat(mirror.flush()).isTrue();
    String after =
        document(entry("k1", "One"), odd, entry("k3", "Three"))
            .replaceFirst("\"key\": \"k1\"", "\"id\": \"" + ID + "\",\n      \"key\": \"k1\"")
            .replaceFirst(
                "\"last_used\": \"[^\"]*\"", "\"last_used\": \"2026-01-18T12:00:00.000Z\"")
            .replaceFirst("\"total_lifetime_tokens\": 0", "\"total_lifetime_tokens\": 902")
            .replaceFirst(
                "\"usage_windows\": \\[\\]",
                """
                "usage_windows": [
                        {
                          "window_start": "2026-01-18T12:00:00.000Z",
                          "tokens_used": 902
                        }
                      ]\
                """);
    assertThat(file.text()).isEqualTo(after);
    store.poll();
    assertThat(notices).isEmpty();
    assertThat(store.revision()).isEqualTo(1);
    assertThat(store.problems()).isEmpty();
    use("k1", 8);
    assertThat(mirror.flush()).isTrue();
    assertThat(file.text()).isEqualTo(after.replace("902", "910"));
    try (Stream<Path> names = Files.list(folder)) {
      assertThat(names).containsExactly(file.path);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void write_isATemporaryFileThenARenameThenASyncOfTheFolder() {
    file.keys(entry("k1", "One"));
    UsageMirror mirror = mirror(store());
    use("k1", 5);
    stage.beforeRename = () -> stage.steps.add("whole: " + file.text().contains("\"keys\""));
    assertThat(mirror.flush()).isTrue();
    assertThat(stage.steps).containsExactly("temp file", "whole: true", "rename", "folder sync");
  }

  @Test
  void write_oneLineFile_staysOneLine() {
    String hash = KeyDigest.of("k1").toString();
    file.write(
        "{\"keys\":[{\"key_hash\":\""
            + hash
            + "\",\"token_limit_per_5h\":5,\"expiry_date\":\"2027-01-01T00:00:00Z\"}],\"v\":1}");
    UsageMirror mirror = mirror(store());
    use("k1", 3);
    mirror.flush();
    assertThat(file.text())
        .isEqualTo(
            "{\"keys\":[{\"id\":\""
                + ID
                + "\",\"key_hash\":\""
                + hash
                + "\",\"token_limit_per_5h\":5,\"expiry_date\":\"2027-01-01T00:00:00Z\","
                + "\"last_used\":\"2026-01-18T12:00:00.000Z\",\"total_lifetime_tokens\":3,"
                + "\"usage_windows\":[{\"window_start\":\"2026-01-18T12:00:00.000Z\","
                + "\"tokens_used\":3}]}],\"v\":1}");
  }

  @Test
  void write_keepsTabsAndLineEndsAndByteOrderMark() {
    file.write("\ufeff" + document(entry("k1", "Ünï")).replace("  ", "\t").replace("\n", "\r\n"));
    UsageMirror mirror = mirror(store());
    use("k1", 3);
    mirror.flush();
    assertThat(file.text())
        .startsWith("\ufeff{\r\n\t\"keys\"")
        .contains("\t\t\t\"usage_windows\": [\r\n\t\t\t\t{\r\n\t\t\t\t\t\"window_start\"")
        .contains("\"Ünï\"")
        .doesNotContainPattern("[^\r]\n");
  }

  @Test
  void write_secondEntryOfADuplicate_isLeftAlone() {
    file.keys(entry("k1", "One"), entry("k1", "Again"));
    UsageMirror mirror = mirror(store());
    use("k1", 3);
    mirror.flush();
    assertThat(file.text()).endsWith(document(entry("k1", "Again")).substring(14));
  }

  @Test
  void import_thenMirror_goesOnWhereThePredecessorStopped() {
    file.keys(
        entry("k1", "One")
            .replace("\"total_lifetime_tokens\": 0", "\"total_lifetime_tokens\": 7000")
            .replace(
                "\"usage_windows\": []",
                "\"usage_windows\": [{\"window_start\":\"2026-01-18T09:17:00Z\",\"tokens_used\":902},"
                    + "{\"window_start\":\"2026-01-18T05:00:00Z\",\"tokens_used\":1}]"));
    UsageMirror mirror = mirror(store());
    use("k1", 1);
    mirror.flush();
    assertThat(file.text())
        .contains("\"total_lifetime_tokens\": 7001", "09:17:00.000Z", "12:00:00.000Z")
        .doesNotContain("05:00:00");
    // What people write into the gateway's fields later is not taken over.
    file.write(file.text().replace("7001", "1"));
    use("k1", 1);
    mirror.flush();
    assertThat(file.text()).contains("\"total_lifetime_tokens\": 7002");
  }

  @Test
  void import_ofAKeyThatShowsUpLater() {
    file.keys(entry("k1", "One"));
    FileKeyStore store = store();
    file.keys(
        entry("k1", "One"),
        entry("k2", "Two")
            .replace("\"total_lifetime_tokens\": 0", "\"total_lifetime_tokens\": 50"));
    store.poll();
    assertThat(usages.usage(ApiKey.defaultId(KeyDigest.of("k2"))).lifetimeTokens()).isEqualTo(50);
  }

  @Test
  void removedKey_isNotResurrected() {
    file.keys(entry("k1", "One"), entry("k2", "Two"));
    UsageMirror mirror = mirror(store());
    use("k1", 3);
    file.keys(entry("k2", "Two"));
    assertThat(mirror.flush()).isTrue();
    assertThat(file.text()).isEqualTo(document(entry("k2", "Two")));
    assertThat(changed.isEmpty()).isTrue();
  }

  @Test
  void modeOwnerAndLink_areKept() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real")).resolve("keys.json");
    Files.writeString(real, document(entry("k1", "One")));
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r-----"));
    boolean root = Integer.valueOf(0).equals(Files.getAttribute(real, "unix:uid"));
    if (root) {
      Files.setAttribute(real, "unix:uid", 1234);
      Files.setAttribute(real, "unix:gid", 4321);
    }
    Object uid = Files.getAttribute(real, "unix:uid");
    Object gid = Files.getAttribute(real, "unix:gid");
    Files.createSymbolicLink(file.path, Path.of("real/keys.json"));
    UsageMirror mirror = mirror(store());
    use("k1", 3);
    assertThat(mirror.flush()).isTrue();
    assertThat(Files.isSymbolicLink(file.path)).isTrue();
    assertThat(Files.readString(real)).contains("\"total_lifetime_tokens\": 3");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
        .isEqualTo("rw-r-----");
    assertThat(Files.getAttribute(real, "unix:uid")).isEqualTo(uid);
    assertThat(Files.getAttribute(real, "unix:gid")).isEqualTo(gid);
  }

  @Test
  void bindMounted_isNoMirror_oneLine_triedSeldom() {
    file.keys(entry("k1", "One"));
    stage.renameFails = true;
    UsageMirror mirror = mirror(store());
    for (int i = 0; i < 100; i++) {
      use("k1", 1);
      ticker.advance(Duration.ofMillis(500));
      mirror.tick();
    }
    assertThat(log.containing("usage is not written into it"))
        .hasSize(1)
        .first()
        .asString()
        .contains("Device or resource busy");
    assertThat(file.text()).isEqualTo(document(entry("k1", "One")));
    stage.renameFails = false;
    ticker.advance(Duration.ofMinutes(1));
    mirror.tick();
    assertThat(file.text()).contains("\"total_lifetime_tokens\": 100");
    assertThat(log.containing("written into it again")).hasSize(1);
  }

  @Test
  void readOnlyFile_isNotReplaced() throws IOException {
    file.keys(entry("k1", "One"));
    Files.setPosixFilePermissions(file.path, PosixFilePermissions.fromString("r--r--r--"));
    UsageMirror mirror = mirror(store());
    use("k1", 1);
    assertThat(mirror.flush()).isFalse();
    assertThat(file.text()).isEqualTo(document(entry("k1", "One")));
    assertThat(log.containing("read-only")).hasSize(1);
  }

  @Test
  void unparsableOrMissing_isNeverWritten() throws IOException {
    file.keys(entry("k1", "One"));
    UsageMirror mirror = mirror(store());
    use("k1", 5);
    file.write("{\"keys\": [");
    assertThat(mirror.flush()).isFalse();
    assertThat(file.text()).isEqualTo("{\"keys\": [");
    Files.delete(file.path);
    assertThat(mirror.flush()).isFalse();
    assertThat(file.path).doesNotExist();
    file.keys(entry("k1", "One"));
    assertThat(mirror.flush()).isTrue();
    assertThat(file.text()).contains("\"total_lifetime_tokens\": 5");
  }

  @Test
  void slowWrite_isRestedFrom_butASmallFileIsNeverLongBehind() throws IOException {
    for (boolean big : new boolean[] {false, true}) {
      String filler = big ? "x".repeat(9 * 1024 * 1024) : "";
      file.keys(entry("k1", "One" + filler));
      FileKeyStore store = store();
      UsageMirror mirror = mirror(store);
      use("k1", 1);
      stage.beforeRename = () -> ticker.advance(Duration.ofMillis(400));
      mirror.tick();
      use("k1", 1);
      ticker.advance(Duration.ofMillis(1_500));
      String before = file.text();
      mirror.tick();
      assertThat(file.text().equals(before)).as("left alone").isEqualTo(big);
      ticker.advance(Duration.ofSeconds(7));
      mirror.tick();
      assertThat(file.text()).isNotEqualTo(before);
    }
  }

  @Test
  void tick_writesAtMostOnceASecond() {
    file.keys(entry("k1", "One"));
    UsageMirror mirror = mirror(store());
    use("k1", 1);
    mirror.tick();
    use("k1", 1);
    ticker.advance(Duration.ofMillis(900));
    mirror.tick();
    assertThat(file.text()).contains("\"total_lifetime_tokens\": 1,");
    ticker.advance(Duration.ofMillis(100));
    mirror.tick();
    assertThat(file.text()).contains("\"total_lifetime_tokens\": 2,");
  }

  @Test
  void fileThatIsBeingWritten_isNotReplaced() throws IOException {
    assumeThat(ReadLease.take(Files.writeString(folder.resolve("any"), "")))
        .isInstanceOf(ReadLease.Granted.class);
    file.keys(entry("k1", "One"));
    FileKeyStore store = store();
    UsageMirror mirror = mirror(store);
    use("k1", 5);
    try (FileChannel editor = FileChannel.open(file.path, StandardOpenOption.WRITE)) {
      assertThat(mirror.flush()).isFalse();
      overwrite(editor, document(entry("k1", "Edited")));
      assertThat(mirror.flush()).isFalse();
      assertThat(file.text()).isEqualTo(document(entry("k1", "Edited")));
    }
    assertThat(mirror.flush()).isTrue();
    assertThat(file.text()).contains("Edited", "\"total_lifetime_tokens\": 5");
  }

  @Test
  void programThatKeepsTheFileOpen_isNotWaitedForForEver() throws IOException {
    file.keys(entry("k1", "One"));
    UsageMirror mirror = mirror(store());
    use("k1", 5);
    try (FileChannel held = FileChannel.open(file.path, StandardOpenOption.WRITE)) {
      for (int second = 0; second < 10; second++) {
        mirror.flush();
        ticker.advance(Duration.ofSeconds(1));
      }
      assertThat(mirror.flush()).isTrue();
      assertThat(held.isOpen()).isTrue();
    }
    assertThat(file.text()).contains("\"total_lifetime_tokens\": 5");
  }

  @Test
  void inPlaceWriterOfTheReplacedFile_isMerged() throws IOException {
    stage.leases = false;
    file.keys(entry("k1", "One"));
    FileKeyStore store = store();
    UsageMirror mirror = mirror(store);
    use("k1", 5);
    try (FileChannel held = FileChannel.open(file.path, StandardOpenOption.WRITE)) {
      String edited = document(entry("k1", "Renamed"), entry("k2", "Two"));
      assertThat(mirror.flush()).isTrue();
      overwrite(held, edited.substring(0, 50));
      mirror.tick();
      overwrite(held, edited);
      ticker.advance(Duration.ofMillis(100));
      mirror.tick();
      ticker.advance(Duration.ofMillis(100));
      mirror.tick();
    }
    assertThat(file.text())
        .contains("Renamed", "\"Two\"", "\"total_lifetime_tokens\": 5", "\"id\": \"" + ID);
    store.poll();
    assertThat(store.problems()).isEmpty();
    assertThat(notices.stream().flatMap(Set::stream))
        .contains(KeyDigest.of("k1"), KeyDigest.of("k2"));
  }

  @Test
  void inPlaceWriterOfTheReplacedFile_besideAnotherEdit_bothSurvive() throws IOException {
    stage.leases = false;
    file.keys(entry("k0", "Zero"), entry("k1", "One"), entry("k2", "Two"), entry("k3", "Three"));
    FileKeyStore store = store();
    UsageMirror mirror = mirror(store);
    use("k1", 5);
    try (FileChannel held = FileChannel.open(file.path, StandardOpenOption.WRITE)) {
      assertThat(mirror.flush()).isTrue();
      file.replace(file.text().replace("\"Three\"", "\"Drei\""));
      overwrite(
          held,
          document(
              entry("k1", "One"), entry("k2", "Zwei"), entry("k3", "Three"), entry("k4", "Four")));
      for (int i = 0; i < 3; i++) {
        ticker.advance(Duration.ofMillis(100));
        mirror.tick();
      }
    }
    store.poll();
    assertThat(store.problems()).isEmpty();
    assertThat(file.text())
        .contains("\"One\"", "\"Zwei\"", "\"Drei\"", "\"Four\"", "\"total_lifetime_tokens\": 5")
        .doesNotContain("Zero", "\"Two\"", "\"Three\"");
  }

  @Test
  void editBetweenReadingAndRenaming_isReadAgain() {
    file.keys(entry("k1", "One"));
    FileKeyStore store = store();
    boolean[] edited = {false};
    Stage editing =
        new Stage() {
          @Override
          void copyOwnerAndMode(Path from, Path to) throws IOException {
            if (!edited[0]) {
              edited[0] = true;
              file.replace(document(entry("k1", "Edited")));
            }
            super.copyOwnerAndMode(from, to);
          }
        };
    FileKeyStore second = new FileKeyStore(file.path, ticker, usages, editing, false);
    open.add(second);
    UsageMirror mirror = mirror(second);
    use("k1", 5);
    assertThat(mirror.flush()).isTrue();
    assertThat(file.text()).contains("Edited", "\"total_lifetime_tokens\": 5");
    assertThat(store.health()).isEqualTo(new StoreHealth.Ready());
  }

  @Test
  void renameByAPerson_atTheVeryMomentOfOurs_stays() throws IOException {
    file.keys(entry("k1", "One"));
    FileKeyStore store = store();
    UsageMirror mirror = mirror(store);
    use("k1", 5);
    stage.beforeRename = () -> file.replace(document(entry("k1", "Edited"), entry("k2", "Two")));
    assertThat(mirror.flush()).isTrue();
    assertThat(file.text()).contains("Edited", "\"Two\"", "\"total_lifetime_tokens\": 5");
    store.poll();
    assertThat(notices).containsExactly(Set.of(KeyDigest.of("k1"), KeyDigest.of("k2")));
    try (Stream<Path> names = Files.list(folder)) {
      assertThat(names).containsExactly(file.path);
    }
  }

  @Test
  void withoutAnExchangeOfNames_thePlainRenameServes() {
    file.keys(entry("k1", "One"));
    stage.exchanges = false;
    UsageMirror mirror = mirror(store());
    use("k1", 5);
    assertThat(mirror.flush()).isTrue();
    assertThat(file.text()).contains("\"total_lifetime_tokens\": 5");
  }

  @Test
  void close_writesWhatIsLeft() {
    file.keys(entry("k1", "One"));
    UsageMirror mirror = mirror(store());
    use("k1", 5);
    mirror.close();
    assertThat(file.text()).contains("\"total_lifetime_tokens\": 5");
  }
}
