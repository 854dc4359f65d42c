package dev.tallygate.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came of reading the key file once. */
sealed interface Reading {
  /** Of the bytes read; null when they could not be read. */
  @Nullable Integer checksum();

  /**
   * The file was understood.
   *
   * @param problems its refused entries
   * @param usage what the accepted entries show of it, by id; those that show none are left out
   */
  record Good(
      KeyIndex index,
      @Nullable Integer checksum,
      List<EntryProblem> problems,
      Map<String, KeyUsage> usage)
      implements Reading {}

  /** It was not, or could not be read. */
  record Bad(String reason, @Nullable Integer checksum) implements Reading {}

  /** Reads the file; definitions that did not change are taken over from {@code before}. */
  static Reading of(Path file, FileOps ops, @Nullable KeyIndex before) {
    KeyIndex old = before == null ? KeyIndex.EMPTY : before;
    KeyIndex.Builder index = new KeyIndex.Builder(old);
    List<EntryProblem> problems = new ArrayList<>();
    Map<String, KeyUsage> usage = new HashMap<>();
    try (FileChannel channel = ops.openForReading(file)) {
      ChecksummedInput in = new ChecksummedInput(channel);
      try {
        KeyFileParser.parse(
            in,
            entry -> {
              String refusal = entry.refusal();
              if (entry.key() != null) {
                refusal = index.add(entry.key());
                if (refusal == null && !entry.usage().equals(KeyUsage.NONE)) {
                  usage.put(entry.key().id(), entry.usage());
                }
              }
              if (refusal != null) {
                problems.add(new EntryProblem(entry.position(), entry.label(), refusal));
              }
            });
      } catch (UnparsableException e) {
        return new Bad(String.valueOf(e.getMessage()), ChecksummedInput.checksum(channel));
      }
      return new Good(index.build(), in.checksum(), List.copyOf(problems), usage);
    } catch (IOException e) {
      return new Bad(FileOps.reasonOf(e), null);
    }
  }
}
