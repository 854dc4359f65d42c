package dev.tallygate.usage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A place in a JSON document that a scanner looks for: a member's name, what the member means, and
 * which members of its object matter in turn. A tree of them is built once and shared; a path
 * belongs to one parent. Immutable after that.
 */
final class JsonPath {
  private final byte[] name;
  private final Field field;
  private final JsonPath[] members;
  private @Nullable JsonPath parent;

  /** A member and those of its own members that matter. */
  JsonPath(String name, Field field, JsonPath... members) {
    this.name = name.getBytes(StandardCharsets.US_ASCII);
    this.field = field;
    this.members = members;
    for (JsonPath member : members) {
      member.parent = this;
    }
  }

  /** The top of a document. */
  static JsonPath root(JsonPath... members) {
    return new JsonPath("", Field.GROUP, members);
  }

  Field field() {
    return field;
  }

  /** The path of the object that this one is a member of; null at the top. */
  @Nullable JsonPath parent() {
    return parent;
  }

  boolean hasMembers() {
    return members.length > 0;
  }

  /** The member with this name, as spelled in the document; null when it does not matter. */
  @Nullable JsonPath member(byte[] bytes, int from, int to) {
    for (JsonPath member : members) {
      byte[] name = member.name;
      if (name.length == to - from
          && name[0] == bytes[from]
          && Arrays.equals(name, 0, name.length, bytes, from, to)) {
        return member;
      }
    }
    return null;
  }
}
