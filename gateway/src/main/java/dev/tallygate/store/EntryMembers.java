package dev.tallygate.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/**
 * The text of one entry of the key file, member by member, so that some can be changed while all
 * else, white space included, stays as it was written. Confined to one thread.
 */
final class EntryMembers {
  /** In which order the gateway writes the members it knows. */
  static final List<String> ORDER =
      List.of(
          "id",
          "key",
          "key_hash",
          "previous_key_hash",
          "previous_valid_until",
          "name",
          "model",
          "models",
          "token_limit_per_5h",
          "requests_per_minute",
          "max_concurrent",
          "expiry_date",
          "created_at",
          "disabled",
          "upstream_key",
          "glmkey",
          "quota_mode",
          "last_used",
          "total_lifetime_tokens",
          "usage_windows");

  private static final JsonFactory JSON =
      JsonFactory.builder().recyclerPool(JsonRecyclerPools.nonRecyclingPool()).build();

  /**
   * A piece of the text.
   *
   * @param before what stands between the member before, or the opening brace, and this one
   * @param name decoded
   * @param head the name as it is written, and the colon with the space around it
   * @param value as it is written
   * @param string the value decoded, null when it is not a string
   */
  private record Member(
      String before, String name, String head, String value, @Nullable String string) {
    Member after(String space) {
      return new Member(space, name, head, value, string);
    }
  }

  private final EntryText layout;
  private final String separator;
  private final String colon;
  private final String rest;
  private final List<Member> members;

  private EntryMembers(List<Member> members, String rest) {
    this.members = members;
    this.rest = rest;
    Member first = members.getFirst();
    this.layout = EntryText.like(first.before());
    this.separator =
        members.size() > 1 && layout.oneLine()
            ? members.get(1).before()
            : "," + layout.memberBreak();
    this.colon = first.head().substring(first.head().lastIndexOf('"') + 1);
  }

  /** Takes apart what the key file's reader has accepted as an entry. */
  static EntryMembers of(String text) throws IOException {
    List<Member> members = new ArrayList<>();
    int end = 1;
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), text)) {
      p.nextToken();
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = p.currentName();
        int nameAt = (int) p.currentTokenLocation().getCharOffset();
        JsonToken token = p.nextToken();
        int valueAt = (int) p.currentTokenLocation().getCharOffset();
        String string = token == JsonToken.VALUE_STRING ? p.getString() : null;
        p.skipChildren();
        p.finishToken();
        int valueEnd = (int) p.currentLocation().getCharOffset();
        members.add(
            new Member(
                text.substring(end, nameAt),
                name,
                text.substring(nameAt, valueAt),
                text.substring(valueAt, valueEnd),
                string));
        end = valueEnd;
      }
    }
    if (members.isEmpty()) {
      throw new IllegalArgumentException("an entry without members");
    }
    return new EntryMembers(members, text.substring(end));
  }

  /** How values are to be laid out here. */
  EntryText layout() {
    return layout;
  }

  boolean has(String name) {
    return indexOf(name) >= 0;
  }

  /** How often the member is given: more than once is a mistake. */
  long count(String name) {
    return members.stream().filter(member -> member.name().equals(name)).count();
  }

  /** Whether the member says anything: null is how scripts write "not set". */
  boolean isSet(String name) {
    int at = indexOf(name);
    return at >= 0 && !members.get(at).value().equals("null");
  }

  /** The member's value where it is a string, else null. */
  @Nullable String string(String name) {
    int at = indexOf(name);
    return at < 0 ? null : members.get(at).string();
  }

  /** Sets a member, where it stands or else after the nearest that comes before it in the order. */
  void set(String name, String value) {
    int at = indexOf(name);
    if (at >= 0) {
      Member old = members.get(at);
      members.set(at, new Member(old.before(), name, old.head(), value, null));
      return;
    }
    String head = EntryText.quoted(name) + colon;
    int place = placeOf(name);
    if (place == 0) {
      Member first = members.getFirst();
      members.set(0, first.after(separator));
      members.addFirst(new Member(first.before(), name, head, value, null));
    } else {
      members.add(place, new Member(separator, name, head, value, null));
    }
  }

  /** Puts a member in the place of another, which must be there. */
  void replace(String name, String by, String value) {
    replace(indexOf(name), by, value);
  }

  /**
   * Puts a member in the place of each of this name whose value is a text, but an empty one.
   *
   * @param value of the new member, by the old one's decoded
   * @return whether there was any
   */
  boolean replaceAll(String name, String by, UnaryOperator<String> value) {
    boolean any = false;
    for (int i = 0; i < members.size(); i++) {
      String old = members.get(i).string();
      if (members.get(i).name().equals(name) && old != null && !old.isEmpty()) {
        replace(i, by, value.apply(old));
        any = true;
      }
    }
    return any;
  }

  private void replace(int at, String by, String value) {
    String before = members.get(at).before();
    members.set(at, new Member(before, by, EntryText.quoted(by) + colon, value, null));
  }

  /** Removes a member, if it is there. One must remain. */
  void remove(String name) {
    int at = indexOf(name);
    if (at == 0) {
      members.set(1, members.get(1).after(members.getFirst().before()));
    }
    if (at >= 0) {
      members.remove(at);
    }
  }

  /** The whole entry, braces included. */
  String text() {
    StringBuilder text = new StringBuilder("{");
    for (Member member : members) {
      text.append(member.before()).append(member.head()).append(member.value());
    }
    return text.append(rest).toString();
  }

  private int placeOf(String name) {
    for (int rank = ORDER.indexOf(name) - 1; rank >= 0; rank--) {
      int at = indexOf(ORDER.get(rank));
      if (at >= 0) {
        return at + 1;
      }
    }
    return 0;
  }

  private int indexOf(String name) {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }
}
