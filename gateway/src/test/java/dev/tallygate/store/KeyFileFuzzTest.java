package dev.tallygate.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.auth.KeyAdministration.KeyExistsException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.testkit.Fuzz;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whatever the key file: it is refused as a whole with what is wrong, or each entry is a key or
 * refused with what is wrong, and every edit changes what it must and nothing else.
 */
public class KeyFileFuzzTest {
  private static final JsonMapper TREES = JsonMapper.shared();

  private static final KeyUsage USAGE =
      new KeyUsage(
          12_345,
          Instant.parse("2026-03-01T10:20:30.456Z"),
          List.of(
              new UsageWindow(Instant.parse("2026-03-01T10:15:00Z"), 345),
              new UsageWindow(Instant.parse("2026-03-01T10:20:00Z"), 7)));

  private static final UsageSource USAGES =
      new UsageSource() {
        @Override
        public KeyUsage usage(String keyId) {
          return USAGE;
        }

        @Override
        public Collection<String> usedKeys() {
          return List.of();
        }
      };

  private static final FileChannel SOURCE = scratch();
  private static final FileChannel TARGET = scratch();

  /** A file as the parser tells of it; without a layout, why it is refused. */
  private record Told(
      KeyFileParser.@Nullable Layout layout, List<KeyEntry> entries, @Nullable String refusal) {
    static Told by(InputStream in) throws IOException {
      List<KeyEntry> entries = new ArrayList<>();
      try {
        return new Told(KeyFileParser.parse(in, entries::add), entries, null);
      } catch (UnparsableException e) {
        return new Told(null, List.of(), e.getMessage());
      }
    }

    static Told of(byte[] file) throws IOException {
      return by(new ByteArrayInputStream(file));
    }

    /** Those in force. */
    List<ApiKey> keys() {
      KeyIndex.Builder index = new KeyIndex.Builder(KeyIndex.EMPTY);
      return entries.stream()
          .map(KeyEntry::key)
          .filter(key -> key != null && index.add(key) == null)
          .toList();
    }

    @Nullable KeyEntry entry(ApiKey key) {
      return entries.stream().filter(entry -> key.equals(entry.key())).findFirst().orElse(null);
    }
  }

  @Test
  void anyFile_isRefusedOrEditedWhereItMustBe() throws IOException {
    Fuzz.briefly(getClass(), KeyFileFuzzTest::fuzzerTestOneInput, 3000, "fuzz/key-files");
  }

  @Test
  void deepFile_isRefused() throws IOException {
    for (String begin : List.of("", "{\"keys\":", "{\"keys\":[{\"usage_windows\":")) {
      for (String level : List.of("[", "{\"keys\":", "{\"models\":[")) {
        Told told = Told.of((begin + level.repeat(200_000)).getBytes(UTF_8));
        assertThat(told.refusal()).as(begin + level).isNotBlank();
      }
    }
  }

  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    Told told = Told.of(input);
    Told slowly = Told.by(byteByByte(input));
    if (told.layout == null) {
      // Of several mistakes the one that is told depends on how far is read ahead.
      assertThat(told.refusal).isNotBlank();
      assertThat(slowly.refusal).isNotBlank();
      return;
    }
    assertThat(slowly).isEqualTo(told);
    for (KeyEntry entry : told.entries) {
      checkEntry(entry, input);
    }
    if (isUtf8(input)) {
      checkUsage(input, told);
      checkDigests(input, told);
      checkAddAndRemove(input, told);
    }
  }

  private static InputStream byteByByte(byte[] input) {
    return new FilterInputStream(new ByteArrayInputStream(input)) {
      @Override
      public int read(byte[] to, int offset, int length) throws IOException {
        return super.read(to, offset, Math.min(1, length));
      }
    };
  }

  private static void checkEntry(KeyEntry entry, byte[] input) throws IOException {
    assertThat(entry.key() == null).isEqualTo(entry.refusal() != null);
    Span span = entry.span();
    byte[] bytes = Arrays.copyOfRange(input, (int) span.from(), (int) span.to());
    JsonNode tree = TREES.readTree(bytes);
    String refusal = entry.refusal();
    if (refusal == null) {
      assertThat(tree.isObject()).isTrue();
      // Whatever the reader accepts, it accepts again from us.
      assertThat(DefinitionText.entry(Objects.requireNonNull(entry.key()), EntryText.TWO_SPACES))
          .startsWith("{");
    } else {
      assertThat(refusal).isNotBlank();
      assertThat(refusal.chars().noneMatch(Character::isISOControl)).as(refusal).isTrue();
      String secret = tree.path("key").asString("");
      if (secret.length() >= 8 && isOnlyOnce(secret, new String(bytes, UTF_8))) {
        assertThat(refusal).doesNotContain(secret);
        assertThat(entry.label()).doesNotContain(secret);
      }
    }
  }

  private static boolean isOnlyOnce(String text, String in) {
    return in.indexOf(text) == in.lastIndexOf(text);
  }

  private static void checkUsage(byte[] input, Told told) throws IOException {
    List<ApiKey> keys = told.keys();
    byte[] edited = edited(input, new UsageEdit(USAGES, keys.stream().map(ApiKey::id).toList()));
    Told after = Told.of(edited);
    assertThat(after.keys()).isEqualTo(keys);
    for (ApiKey key : keys) {
      KeyEntry entry = Objects.requireNonNull(after.entry(key));
      assertThat(entry.usage()).isEqualTo(USAGE);
      assertThat(entry.hasId()).isTrue();
    }
    assertThat(withoutUsage(edited)).isEqualTo(withoutUsage(input));
  }

  /** The document without what the gateway itself writes into it. */
  private static JsonNode withoutUsage(byte[] file) {
    JsonNode tree = TREES.readTree(file);
    for (JsonNode entry : tree.path("keys")) {
      if (entry instanceof ObjectNode object) {
        object.remove(List.of("id", "last_used", "total_lifetime_tokens", "usage_windows"));
      }
    }
    return tree;
  }

  private static void checkDigests(byte[] input, Told told) throws IOException {
    byte[] edited = edited(input, new HashEdit());
    Told after = Told.of(edited);
    assertThat(after.entries).hasSameSizeAs(told.entries);
    assertThat(ids(after)).isEqualTo(ids(told));
    assertThat(after.keys().stream().map(ApiKey::digest))
        .isEqualTo(told.keys().stream().map(ApiKey::digest).toList());
    HashEdit again = new HashEdit();
    assertThat(edited(edited, again)).isEqualTo(edited);
    assertThat(again.hashed()).isEmpty();
  }

  private static List<String> ids(Told told) {
    return told.keys().stream().map(ApiKey::id).toList();
  }

  private static void checkAddAndRemove(byte[] input, Told told) throws IOException {
    ApiKey added = ApiKeys.with("pk_added").make();
    byte[] edited;
    try {
      edited = edited(input, new AddEdit(added));
    } catch (KeyExistsException e) {
      return;
    }
    Told after = Told.of(edited);
    List<ApiKey> before = told.keys();
    ApiKey last = after.keys().getLast();
    assertThat(last.digest()).isEqualTo(added.digest());
    assertThat(after.keys().subList(0, after.keys().size() - 1)).isEqualTo(before);
    Told removed = Told.of(edited(edited, new RemoveEdit(last)));
    assertThat(removed.keys()).isEqualTo(before);
    assertThat(removed.entries).hasSameSizeAs(told.entries);
    if (!before.isEmpty()) {
      ApiKey first = before.getFirst();
      Set<String> rest = new HashSet<>(ids(Told.of(edited(edited, new RemoveEdit(first)))));
      assertThat(rest).contains(added.id()).doesNotContain(first.id());
      assertThat(rest.containsAll(ids(told).subList(1, before.size()))).isTrue();
    }
  }

  /** What the file is after an edit. */
  private static byte[] edited(byte[] input, FileEdit edit) throws IOException {
    SOURCE.truncate(0).position(0);
    TARGET.truncate(0).position(0);
    SOURCE.write(ByteBuffer.wrap(input));
    SOURCE.position(0);
    Splice splice = new Splice(SOURCE);
    try {
      KeyFileParser.Layout layout =
          KeyFileParser.parse(new ByteArrayInputStream(input), entry -> edit.entry(entry, splice));
      edit.end(layout, splice);
    } catch (UnparsableException e) {
      throw new AssertionError("it was readable a moment ago", e);
    }
    var _ = splice.copyTo(TARGET);
    ByteBuffer result = ByteBuffer.allocate((int) TARGET.size());
    TARGET.read(result, 0);
    return result.array();
  }

  private static boolean isUtf8(byte[] input) {
    try {
      var _ = UTF_8.newDecoder().decode(ByteBuffer.wrap(input));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static FileChannel scratch() {
    try {
      Path file = Files.createTempFile("key-file", ".json");
      return FileChannel.open(
          file,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
