package dev.tallygate.store;

import static dev.tallygate.store.KeyFile.document;
import static dev.tallygate.store.KeyFile.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where there are no leases: a person has opened the file, keys are administered meanwhile, and
 * only then the person writes. Neither may undo the other.
 */
class LateEditsTest {
  private static final String ID = ApiKey.defaultId(KeyDigest.of("k1"));

  private static final class NoLeases extends FileOps {
    boolean readOnly;

    @Override
    ReadLease.Answer lease(Path path) {
      return new ReadLease.NotAvailable();
    }

    @Override
    boolean isWritable(Path path) throws IOException {
      return !readOnly && super.isWritable(path);
    }
  }

  private final FakeTicker ticker = new FakeTicker();
  private final ChangedKeys changed = new ChangedKeys();
  private final FakeUsage usages = new FakeUsage(ticker, changed);
  private final NoLeases ops = new NoLeases();
  private final LogLines log = new LogLines();
  @TempDir Path folder;
  private KeyFile file;
  private FileKeyStore store;
  private KeyFileEditor editor;
  private UsageMirror mirror;
  private FileChannel held;

  /** The file is opened by a person, then the mirror replaces it. */
  @BeforeEach
  void setUp() throws IOException {
    file = new KeyFile(folder).keys(entry("k1", "One"), entry("k2", "Two"));
    store = new FileKeyStore(file.path, ticker, usages, ops, false);
    editor = new KeyFileEditor(store, ticker);
    mirror = new UsageMirror(store, usages, changed, ticker, false);
    held = FileChannel.open(file.path, StandardOpenOption.WRITE);
    usages.use(ID, 5);
    assertThat(mirror.flush()).isTrue();
  }

  @AfterEach
  void tearDown() throws IOException {
    held.close();
    mirror.close();
    store.close();
    log.close();
  }

  private static void overwrite(FileChannel channel, String text) throws IOException {
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }

  private void save(String... entries) throws IOException {
    overwrite(held, document(entries));
    settle();
  }

  private void settle() {
    for (int i = 0; i < 3; i++) {
      ticker.advance(Duration.ofMillis(100));
      mirror.tick();
    }
    store.poll();
    assertThat(store.problems()).isEmpty();
  }

  private boolean works(String secret) throws Exception {
    ApiKey key = store.find(KeyDigest.of(secret)).key();
    return key != null && !key.disabled();
  }

  private static ApiKey disabled(ApiKey key) {
    return new KeyDraft(key).disabled(true).key();
  }

  @Test
  void removedKey_staysRemoved() throws Exception {
    editor.remove(ID, key -> {});
    save(entry("k1", "One"), entry("k2", "Zwei"));
    assertThat(works("k1")).isFalse();
    assertThat(file.text()).contains("\"Zwei\"").doesNotContain("\"One\"");
    save(entry("k1", "One"), entry("k2", "Zwei"), entry("k3", "Three"));
    assertThat(works("k1")).isFalse();
    assertThat(works("k3")).isTrue();
  }

  @Test
  void keyThatWasEditedAndRemoved_staysRemoved_andTheLogSaysSo() throws Exception {
    editor.remove(ID, key -> {});
    save(entry("k1", "Eins"), entry("k2", "Zwei"));
    assertThat(works("k1")).isFalse();
    assertThat(file.text()).contains("\"Zwei\"").doesNotContain("\"Eins\"");
    assertThat(log.containing("not taken over")).singleElement().asString().contains(ID);
  }

  @Test
  void disabledKey_staysDisabled_evenWhenItsEntryWasEdited() throws Exception {
    editor.change(ID, LateEditsTest::disabled);
    save(entry("k1", "Eins"), entry("k2", "Zwei"));
    assertThat(works("k1")).isFalse();
    assertThat(file.text()).contains("\"One\"", "\"Zwei\"", "\"disabled\": true");
  }

  @Test
  void rotatedSecret_staysRotated_evenWhenTheMirrorWroteSince() throws Exception {
    editor.change(ID, key -> new KeyDraft(key).rotate(KeyDigest.of("new"), null).key());
    usages.use(ID, 5);
    ticker.advance(Duration.ofSeconds(1));
    assertThat(mirror.flush()).isTrue();
    save(entry("k1", "One"), entry("k2", "Zwei"));
    assertThat(works("k1")).isFalse();
    assertThat(works("new")).isTrue();
    assertThat(file.text()).contains("\"Zwei\"");
  }

  @Test
  void twoPeople_withTwoReplacedFiles_bothCount() throws Exception {
    try (FileChannel second = FileChannel.open(file.path, StandardOpenOption.WRITE)) {
      save(entry("k1", "Eins"), entry("k2", "Two"));
      overwrite(second, document(entry("k1", "One"), entry("k2", "Zwei")));
      settle();
    }
    assertThat(file.text()).contains("\"Eins\"", "\"Zwei\"");
  }

  @Test
  void editThatCannotBeMerged_isNotCalledMerged() throws Exception {
    editor.remove(ID, key -> {});
    ops.readOnly = true;
    assertThatNoException().isThrownBy(() -> save(entry("k1", "One"), entry("k2", "Zwei")));
    assertThat(log.containing("merged an edit")).isEmpty();
    assertThat(log.containing("an edit may be lost: it is read-only")).hasSize(1);
  }

  @Test
  void processThatOnlyEdits_staysUntilALateEditIsMerged() throws Exception {
    Ticker hurrying =
        new Ticker() {
          @Override
          public long nanos() {
            ticker.advance(Duration.ofMillis(100));
            return ticker.nanos();
          }

          @Override
          public long epochMillis() {
            return ticker.epochMillis();
          }
        };
    try (FileKeyStore own = new FileKeyStore(file.path, hurrying, usages, ops, false);
        FileChannel late = FileChannel.open(file.path, StandardOpenOption.WRITE)) {
      KeyFileEditor command = new KeyFileEditor(own, hurrying);
      command.change(ID, LateEditsTest::disabled);
      overwrite(late, document(entry("k1", "One"), entry("k2", "Zwei")));
      command.linger();
    }
    assertThat(works("k1")).isFalse();
    assertThat(file.text()).contains("\"Zwei\"", "\"disabled\": true");
  }
}
