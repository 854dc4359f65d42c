package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Keeps of every secret in plain text only the digest, in refused entries as well. */
final class HashEdit implements FileEdit {
  private final List<String> hashed = new ArrayList<>();
  private final KeyIndex.Builder index = new KeyIndex.Builder(KeyIndex.EMPTY);

  @Override
  public void entry(KeyEntry entry, Splice splice) throws IOException {
    ApiKey key = entry.key();
    boolean refused = key == null || index.add(key) != null;
    if (entry.firstMember() < 0 || entry.membersEnd() == entry.span().to()) {
      return; // no member, or no object
    }
    EntryMembers members = EntryMembers.of(splice.text(entry.span()));
    if (keepDigest(members)) {
      if (key != null && !entry.hasId()) {
        members.set("id", EntryText.quoted(key.id()));
      }
      splice.replace(entry.span(), members.text());
      hashed.add(key == null || refused ? "entry " + entry.position() + " (refused)" : key.id());
    }
  }

  /** What was done, by id; of those that are refused, duplicates too, by place. */
  List<String> hashed() {
    return List.copyOf(hashed);
  }

  /** False when there is no secret, or another one's digest beside it. */
  static boolean keepDigest(EntryMembers members) {
    if (members.count("key") > 1) {
      // Refused for that, and so it stays: with two digests.
      return members.replaceAll("key", "key_hash", HashEdit::quotedDigest);
    }
    String secret = members.string("key");
    if (secret == null || secret.isEmpty()) {
      return false;
    }
    if (!members.isSet("key_hash")) {
      members.remove("key_hash");
      members.replace("key", "key_hash", quotedDigest(secret));
      return true;
    }
    if (!KeyDigest.of(secret).toString().equalsIgnoreCase(members.string("key_hash"))) {
      return false;
    }
    members.remove("key");
    return true;
  }

  private static String quotedDigest(String secret) {
    return EntryText.quoted(KeyDigest.of(secret).toString());
  }
}
