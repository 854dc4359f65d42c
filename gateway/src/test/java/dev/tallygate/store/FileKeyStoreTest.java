package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.document;
import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileKeyStoreTest {
  private final FakeTicker ticker = new FakeTicker();
  private final LogLines log = new LogLines();
  private final List<Set<KeyDigest>> notices = new ArrayList<>();
  @TempDir Path folder;
  private KeyFile file;

  @BeforeEach
  void setUp() {
    file = new KeyFile(folder);
  }

  @AfterEach
  void tearDown() {
    log.close();
  }

  private FileKeyStore open() {
    FileKeyStore store =
        new FileKeyStore(file.path, ticker, (id, usage) -> {}, new FileOps(), false);
    store.onChange((digests, revision) -> notices.add(digests));
    store.poll();
    notices.clear();
    return store;
  }

  private static @Nullable ApiKey find(FileKeyStore store, String secret) {
    try {
      return store.find(KeyDigest.of(secret)).key();
    } catch (StoreUnavailableException e) {
      throw new AssertionError(e);
    }
  }

  private static String name(FileKeyStore store, String secret) {
    ApiKey key = find(store, secret);
    return key == null ? "" : key.name();
  }

  private void pollAfter(FileKeyStore store, Duration passed) {
    store.poll();
    ticker.advance(passed);
    store.poll();
  }

  @Test
  void find_knownAndUnknown() {
    file.keys(entry("pk_user_12345", "User"), entry("pk_other_6789", "Other"));
    try (FileKeyStore store = open()) {
      ApiKey key = Objects.requireNonNull(find(store, "pk_user_12345"));
      assertThat(key.name()).isEqualTo("User");
      assertThat(key.display()).isEqualTo("pk_user_…2345");
      assertThat(key.id()).isEqualTo(ApiKey.defaultId(KeyDigest.of("pk_user_12345")));
      assertThat(key.model()).isEqualTo("glm-4.7");
      assertThat(name(store, "pk_other_6789")).isEqualTo("Other");
      assertThat(find(store, "pk_nobody")).isNull();
      assertThat(store.health()).isEqualTo(new StoreHealth.Ready());
      assertThat(store.problems()).isEmpty();
    }
  }

  @Test
  void readAgain_readsAtOnce_andTellsListeners() {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      file.keys(entry("k1", "Two"), entry("k2", "New"));
      store.readAgain();
      assertThat(notices).containsExactly(Set.of(KeyDigest.of("k1"), KeyDigest.of("k2")));
      assertThat(name(store, "k1")).isEqualTo("Two");
    }
  }

  @Test
  void start_missingFile_isEmptySetWithAWarning_andAppearsLater() throws Exception {
    try (FileKeyStore store = open()) {
      assertThat(find(store, "k1")).isNull();
      assertThat(store.snapshot().keys()).isEmpty();
      assertThat(store.health())
          .isEqualTo(
              new StoreHealth.Degraded(
                  "key file " + file.path + ": it does not exist: there are no keys"));
      assertThat(log.containing("does not exist")).hasSize(1).first().asString().startsWith("WARN");
      file.keys(entry("k1", "One"));
      store.poll();
      assertThat(name(store, "k1")).isEqualTo("One");
      assertThat(store.health()).isEqualTo(new StoreHealth.Ready());
      assertThat(notices).containsExactly(Set.of(KeyDigest.of("k1")));
    }
  }

  @Test
  void start_missingFile_thenUnparsable_neverMeansNoKeys() {
    try (FileKeyStore store = open()) {
      file.write("{\"keys\":[");
      store.poll();
      assertThatExceptionOfType(StoreUnavailableException.class)
          .isThrownBy(() -> store.find(KeyDigest.of("k1")));
    }
  }

  @Test
  void start_unparsable_isNotReadyAndHeals() {
    file.write("{\n  \"keys\": [\n    {\"key\": \"secret-text\", oops}\n  ]\n}\n");
    try (FileKeyStore store = open()) {
      assertThatExceptionOfType(StoreUnavailableException.class)
          .isThrownBy(() -> store.find(KeyDigest.of("k1")))
          .withMessageContaining("line 3, column ");
      assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(store::snapshot);
      assertThat(store.health()).isInstanceOf(StoreHealth.NotReady.class);
      assertThat(log.containing("line 3, column ")).hasSize(1);
      assertThat(log.containing("secret-text")).isEmpty();
      file.keys(entry("k1", "One"));
      assertThat(name(store, "k1")).isEqualTo("One");
      assertThat(store.health()).isEqualTo(new StoreHealth.Ready());
      assertThat(log.containing("can be read again")).hasSize(1);
    }
  }

  @Test
  void unparsable_whileRunning_lastGoodSetInForce_degradedOnlyWhenItLasts() {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      for (String broken :
          new String[] {
            "",
            "{\"keys\":[{\"key\":",
            "{}",
            "[]",
            "null",
            "{\"keys\":{}}",
            "{\"keys\":[]} x",
            "{\"keys\":[],\"keys\":[]}",
            "\u0000"
          }) {
        file.write(broken);
        store.poll();
        assertThat(store.health()).as(broken).isEqualTo(new StoreHealth.Ready());
        assertThat(name(store, "k1")).as(broken).isEqualTo("One");
        ticker.advance(Duration.ofSeconds(1));
        store.poll();
        assertThat(store.health()).as(broken).isInstanceOf(StoreHealth.Degraded.class);
        assertThat(name(store, "k1")).as(broken).isEqualTo("One");
        file.keys(entry("k1", "One"));
        store.poll();
        assertThat(store.health()).as(broken).isEqualTo(new StoreHealth.Ready());
      }
      assertThat(notices).isEmpty();
      assertThat(store.revision()).isEqualTo(1);
    }
  }

  @Test
  void halfWritten_forAMoment_isNotLogged() {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      file.write(document(entry("k1", "One")).substring(0, 60));
      pollAfter(store, Duration.ofMillis(500));
      file.keys(entry("k1", "One"), entry("k2", "Two"));
      pollAfter(store, Duration.ofMillis(800));
      assertThat(name(store, "k2")).isEqualTo("Two");
      assertThat(log.containing("ERROR")).isEmpty();
    }
  }

  @Test
  void emptyList_isLegitimate() {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      file.write("{\"keys\":[]}");
      store.poll();
      assertThat(find(store, "k1")).isNull();
      assertThat(store.health()).isEqualTo(new StoreHealth.Ready());
      assertThat(notices).containsExactly(Set.of(KeyDigest.of("k1")));
    }
  }

  @Test
  void vanished_lastGoodSetInForce_degraded() throws IOException {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      Files.delete(file.path);
      pollAfter(store, Duration.ofSeconds(1));
      assertThat(name(store, "k1")).isEqualTo("One");
      assertThat(store.health())
          .isInstanceOfSatisfying(
              StoreHealth.Degraded.class, d -> assertThat(d.reason()).contains("vanished"));
      file.keys(entry("k1", "One"));
      store.poll();
      assertThat(store.health()).isEqualTo(new StoreHealth.Ready());
    }
  }

  @Test
  void directoryInstead_lastGoodSetInForce() throws IOException {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      Files.delete(file.path);
      Files.createDirectory(file.path);
      pollAfter(store, Duration.ofSeconds(1));
      assertThat(name(store, "k1")).isEqualTo("One");
      assertThat(store.health())
          .isInstanceOfSatisfying(
              StoreHealth.Degraded.class, d -> assertThat(d.reason()).contains("directory"));
    }
  }

  @Test
  void readFailure_healsWithoutATraceInTheMetadata() {
    file.keys(entry("k1", "One"));
    boolean[] failing = {true};
    FileOps ops =
        new FileOps() {
          @Override
          java.nio.channels.FileChannel openForReading(Path path) throws IOException {
            if (failing[0]) {
              throw new java.nio.file.AccessDeniedException(path.toString());
            }
            return super.openForReading(path);
          }
        };
    try (FileKeyStore store = new FileKeyStore(file.path, ticker, (id, u) -> {}, ops, false)) {
      assertThat(store.health())
          .isInstanceOfSatisfying(
              StoreHealth.NotReady.class,
              n -> assertThat(n.reason()).contains("permission denied"));
      failing[0] = false;
      store.poll();
      assertThat(name(store, "k1")).isEqualTo("One");
      file.keys(entry("k1", "Renamed"));
      failing[0] = true;
      store.poll();
      assertThat(name(store, "k1")).isEqualTo("One");
      failing[0] = false;
      store.poll();
      assertThat(name(store, "k1")).isEqualTo("Renamed");
    }
  }

  @Test
  void find_itselfNoticesAChange_butNotifiesOnTheStoresThreadOnly() throws Exception {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      file.keys(entry("k1", "One"), entry("k2", "Two"));
      assertThat(store.find(KeyDigest.of("k2")).revision()).isEqualTo(2);
      assertThat(notices).isEmpty();
      store.poll();
      assertThat(notices).containsExactly(Set.of(KeyDigest.of("k2")));
    }
  }

  @Test
  void change_notifiesExactlyTheDigestsConcerned() {
    String rotated =
        """
        {"key":"new","previous_key_hash":"%s","previous_valid_until":"2026-02-01T00:00:00Z",
         "id":"r","token_limit_per_5h":1,"expiry_date":"2027-01-01T00:00:00+01:00"}
        """;
    file.keys(entry("a", "A"), entry("b", "B"), entry("c", "C"));
    try (FileKeyStore store = open()) {
      file.keys(
          entry("a", "A"),
          entry("b", "B2"),
          entry("d", "D"),
          rotated.formatted(KeyDigest.of("old")));
      store.poll();
      assertThat(notices)
          .containsExactly(
              Set.of(
                  KeyDigest.of("b"),
                  KeyDigest.of("c"),
                  KeyDigest.of("d"),
                  KeyDigest.of("new"),
                  KeyDigest.of("old")));
      assertThat(store.revision()).isEqualTo(2);
      file.keys(
          entry("d", "D"),
          entry("b", "B2"),
          rotated.formatted(KeyDigest.of("old2")),
          entry("a", "A"));
      store.poll();
      assertThat(notices.get(1))
          .containsExactlyInAnyOrder(
              KeyDigest.of("new"), KeyDigest.of("old"), KeyDigest.of("old2"));
    }
  }

  @Test
  void previousDigest_isFoundUntilItsGraceEnds() {
    file.keys(
        """
        {"key_hash":"%s","id":"r","previous_key_hash":"%s",
         "previous_valid_until":"2026-01-18T13:00:00Z",
         "token_limit_per_5h":1,"expiry_date":"2027-01-01T00:00:00Z"}
        """
            .formatted(KeyDigest.of("new"), KeyDigest.of("old")));
    try (FileKeyStore store = open()) {
      assertThat(find(store, "old")).isNotNull().isEqualTo(find(store, "new"));
      ticker.advance(Duration.ofHours(1));
      assertThat(find(store, "old")).isNull();
      assertThat(find(store, "new")).isNotNull();
    }
  }

  @Test
  void sameSizeSameTimes_isNoticed() throws IOException {
    file.keys(entry("k1", "One"));
    FileOps frozen =
        new FileOps() {
          @Override
          Sight look(Path path) {
            return super.look(path) instanceof Sight.Present p
                ? new Sight.Present(p.device(), p.inode(), p.size(), 1_000_000_000L, 1)
                : new Sight.Missing();
          }
        };
    try (FileKeyStore store = new FileKeyStore(file.path, ticker, (id, u) -> {}, frozen, false)) {
      FileTime time = Files.getLastModifiedTime(file.path);
      file.keys(entry("k1", "Two"));
      Files.setLastModifiedTime(file.path, time);
      store.poll();
      assertThat(name(store, "k1")).isEqualTo("Two");
    }
  }

  @Test
  void touched_withoutAnyChange_isNoRevision() throws IOException {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      Files.setLastModifiedTime(file.path, FileTime.fromMillis(0));
      store.poll();
      assertThat(store.revision()).isEqualTo(1);
      assertThat(notices).isEmpty();
    }
  }

  @Test
  void leftOverLockFolder_isIgnoredWithOneLine() throws IOException {
    Files.createDirectory(folder.resolve("apikeys.json.lock"));
    file.keys(entry("k1", "One"));
    try (FileKeyStore store = open()) {
      assertThat(name(store, "k1")).isEqualTo("One");
      assertThat(log.containing("apikeys.json.lock")).hasSize(1);
    }
  }

  @Test
  void watch_noticesBothWaysOfWritingWithin500Millis() {
    file.keys(entry("k1", "One"));
    Set<KeyDigest> heard = ConcurrentHashMap.newKeySet();
    try (FileKeyStore store = new FileKeyStore(file.path, Ticker.system())) {
      store.onChange((digests, revision) -> heard.addAll(digests));
      heard.clear();
      file.keys(entry("k1", "One"), entry("k2", "Two"));
      await().atMost(Duration.ofMillis(700)).until(() -> heard.contains(KeyDigest.of("k2")));
      file.replace(document(entry("k2", "Two")));
      await().atMost(Duration.ofMillis(700)).until(() -> heard.contains(KeyDigest.of("k1")));
    }
  }

  @Test
  void failingListener_doesNotKeepOthersFromHearing() {
    file.keys(entry("k1", "One"));
    try (FileKeyStore store =
        new FileKeyStore(file.path, ticker, (id, u) -> {}, new FileOps(), false)) {
      Set<KeyDigest> heard = new HashSet<>();
      store.onChange((digests, revision) -> {
        throw new IllegalStateException("listener");
      });
      store.onChange((digests, revision) -> heard.addAll(digests));
      file.keys(entry("k2", "Two"));
      store.poll();
      assertThat(heard).containsExactlyInAnyOrder(KeyDigest.of("k1"), KeyDigest.of("k2"));
    }
  }

  @Test
  void firstKeys_areAnnouncedOnlyWhereAbsencesMayBeRemembered() throws IOException {
    Set<KeyDigest> heard = new HashSet<>();
    file.write("{");
    try (FileKeyStore store =
        new FileKeyStore(file.path, ticker, (id, u) -> {}, new FileOps(), false)) {
      store.onChange((digests, revision) -> heard.addAll(digests));
      file.keys(entry("k1", "One"));
      store.poll();
      assertThat(name(store, "k1")).isEqualTo("One");
      assertThat(heard).isEmpty();
    }
    Files.delete(file.path);
    try (FileKeyStore store =
        new FileKeyStore(file.path, ticker, (id, u) -> {}, new FileOps(), false)) {
      store.onChange((digests, revision) -> heard.addAll(digests));
      // "No such key" was an answer, and still is one while the file cannot be read.
      file.write("{");
      store.poll();
      file.keys(entry("k1", "One"));
      store.poll();
      assertThat(heard).containsExactly(KeyDigest.of("k1"));
    }
  }

  @Test
  void manyKeys_load() throws Exception {
    StringBuilder text = new StringBuilder("{\"keys\":[");
    for (int i = 0; i < 50_000; i++) {
      text.append(i == 0 ? "" : ",\n").append(entry("pk_many_" + i, "N" + i));
    }
    file.write(text.append("]}").toString());
    try (FileKeyStore store = open()) {
      assertThat(store.snapshot().keys()).hasSize(50_000);
      assertThat(name(store, "pk_many_49999")).isEqualTo("N49999");
    }
  }

  @Test
  void byteOrderMark_isAccepted_andUtf16Refused() throws IOException {
    file.write("\ufeff" + document(entry("k1", "Jürgen")));
    try (FileKeyStore store = open()) {
      assertThat(name(store, "k1")).isEqualTo("Jürgen");
      Files.write(
          file.path,
          document(entry("k2", "x")).getBytes(java.nio.charset.StandardCharsets.UTF_16LE));
      store.poll();
      assertThat(name(store, "k1")).isEqualTo("Jürgen");
    }
  }

  @Test
  void otherEncodings_areToldToBeSo() throws IOException {
    byte[] utf32 = document(entry("k1", "x")).getBytes(Charset.forName("UTF-32LE"));
    byte[] broken = Arrays.copyOf(utf32, utf32.length);
    broken[broken.length - 1] = (byte) 0xFC; // no character has this number
    for (byte[] bytes : List.of(utf32, broken)) {
      Files.write(file.path, bytes);
      try (FileKeyStore store = open()) {
        assertThatExceptionOfType(StoreUnavailableException.class)
            .isThrownBy(store::snapshot)
            .withMessageContaining("the file is not UTF-8");
      }
    }
  }
}
