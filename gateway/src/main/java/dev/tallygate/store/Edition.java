package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One version of the key file: what it defines, and the text of the entries that define something
 * else than a version before it.
 *
 * @param changed text of new and changed entries by id, in the order of the file
 */
record Edition(KeyIndex index, Map<String, String> changed, int checksum) {

  /** Reads an open file and compares it with the definitions it was made from. */
  static Edition read(FileChannel channel, KeyIndex before)
      throws IOException, UnparsableException {
    KeyIndex.Builder index = new KeyIndex.Builder(before);
    Splice source = new Splice(channel);
    Map<String, String> changed = new LinkedHashMap<>();
    ChecksummedInput in = new ChecksummedInput(channel);
    KeyFileParser.parse(
        in,
        entry -> {
          ApiKey key = entry.key();
          if (key != null && index.add(key) == null && !key.equals(before.byId(key.id()))) {
            changed.put(key.id(), source.text(entry.span()));
          }
        });
    return new Edition(index.build(), changed, in.checksum());
  }
}
