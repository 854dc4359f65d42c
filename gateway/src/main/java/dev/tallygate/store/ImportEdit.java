package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Appends the entries of another key file, each with all its members but the secret, of which the
 * digest is kept. What is there already is left out.
 */
final class ImportEdit implements FileEdit {
  private final List<Other> others;
  private final Set<String> ids = new HashSet<>();
  private final Set<KeyDigest> digests = new HashSet<>();
  private final KeyIndex.Builder index = new KeyIndex.Builder(KeyIndex.EMPTY);
  private final List<ApiKey> added = new ArrayList<>();
  private final List<EntryProblem> skipped = new ArrayList<>();

  /**
   * An entry of the other file.
   *
   * @param text with the digest for the secret; null where it is refused
   */
  record Other(KeyEntry entry, @Nullable String text) {}

  ImportEdit(List<Other> others) {
    this.others = others;
  }

  /**
   * Reads the entries of a file.
   *
   * @throws IOException when it cannot be read or is no key file; the message says why
   */
  static List<Other> read(Path file, FileOps ops) throws IOException {
    List<Other> others = new ArrayList<>();
    try (FileChannel channel = ops.openForReading(file)) {
      Splice source = new Splice(channel);
      KeyFileParser.parse(
          new ChecksummedInput(channel),
          entry -> others.add(new Other(entry, entry.key() == null ? null : text(entry, source))));
      return others;
    } catch (UnparsableException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException(file + ": " + FileOps.reasonOf(e), e);
    }
  }

  @Override
  public void entry(KeyEntry entry, Splice splice) {
    ApiKey key = entry.key();
    if (key != null) {
      ids.add(key.id());
      digests.add(key.digest());
      var _ = index.add(key);
    }
  }

  @Override
  public void end(KeyFileParser.Layout layout, Splice splice) throws IOException {
    NewEntries.append(layout, splice, texts(), true);
  }

  /** What is to be appended to what {@link #entry} has seen. */
  List<String> texts() {
    List<String> texts = new ArrayList<>();
    for (Other other : others) {
      KeyEntry entry = other.entry();
      ApiKey key = entry.key();
      String refusal = key == null ? entry.refusal() : refusal(key);
      if (key != null && refusal == null && other.text() != null) {
        texts.add(other.text());
        added.add(key);
      } else {
        skipped.add(new EntryProblem(entry.position(), entry.label(), String.valueOf(refusal)));
      }
    }
    return texts;
  }

  private @Nullable String refusal(ApiKey key) {
    return ids.contains(key.id()) || digests.contains(key.digest())
        ? "is here already"
        : index.add(key);
  }

  KeyImport result() {
    return new KeyImport(List.copyOf(added), List.copyOf(skipped));
  }

  private static String text(KeyEntry entry, Splice source) throws IOException {
    EntryMembers members = EntryMembers.of(source.text(entry.span()));
    if (!HashEdit.keepDigest(members)) {
      // No secret, so that the digest is there; what is left is a null.
      members.remove("key");
    }
    if (!entry.hasId() && entry.key() != null) {
      members.set("id", EntryText.quoted(entry.key().id()));
    }
    return members.text();
  }
}
