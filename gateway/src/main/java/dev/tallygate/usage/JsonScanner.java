package dev.tallygate.usage;

import org.jspecify.annotations.Nullable;

/**
 * Finds known members in a JSON document that passes in parts, split anywhere. It keeps no more
 * than a short name and a few counters, whatever the document's size and depth.
 *
 * <p>Objects on the way to a known member are followed strictly; everything else is skipped: quotes
 * and escapes are honoured, brackets are counted but not matched. Names are compared as spelled,
 * without decoding escapes. What is not a JSON object is given up at the first byte that shows it.
 */
final class JsonScanner {
  /** Who is told. */
  interface Sink {
    /** A known member's value begins, with this byte. */
    void begins(Field field, byte first);

    /** A known array turned out to be empty, or not. */
    void array(Field field, boolean empty);

    /** A known member is a whole number between zero and {@link #MAX_NUMBER}; others are silent. */
    void number(Field field, long value);

    /** {@link Field#TYPE} is this text. */
    void type(ShortText text);

    /** The object of a known member is complete. */
    void ends(Field field);
  }

  /** The largest count that is believed: sums of a few of them cannot overflow. */
  static final long MAX_NUMBER = 1L << 40;

  private static final long NOT_A_COUNT = -1;

  private enum State {
    START,
    FIRST_NAME,
    NEXT_NAME,
    NAME,
    NAME_ESCAPE,
    COLON,
    VALUE,
    NUMBER,
    LITERAL,
    TYPE,
    TYPE_ESCAPE,
    ARRAY,
    SKIPPED,
    SKIPPED_STRING,
    SKIPPED_ESCAPE,
    AFTER_VALUE,
    COMPLETE,
    BROKEN
  }

  private final JsonPath root;
  private final Sink sink;
  private final ShortText text = new ShortText();

  private State state = State.START;
  private JsonPath object;
  private @Nullable JsonPath member;
  private long number;
  private boolean inFraction;
  // Open brackets within the value being skipped.
  private long depth;

  // Generated text: a string counts when what follows shows that it was no member's name.
  private boolean generated;
  private long stringBytes;
  private long textBytes;

  JsonScanner(JsonPath root, Sink sink) {
    this.root = root;
    this.sink = sink;
    this.object = root;
  }

  /** Makes ready for another document; the count of generated text goes on. */
  void reset() {
    state = State.START;
    object = root;
    member = null;
  }

  /** Whether the document's closing brace was seen. */
  boolean complete() {
    return state == State.COMPLETE;
  }

  /** Whether this is no JSON object. */
  boolean broken() {
    return state == State.BROKEN;
  }

  /** The bytes of string values within {@linkplain Field#generated generated} members, so far. */
  long textBytes() {
    return textBytes;
  }

  /**
   * Takes the next bytes of the document.
   *
   * @return the index of the first byte not taken: one after the closing brace that completes the
   *     document, or of what shows that it is none, else {@code to}
   */
  int scan(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      switch (state) {
        case SKIPPED -> i = skipped(bytes, i, to);
        case SKIPPED_STRING -> i = skippedString(bytes, i, to);
        case SKIPPED_ESCAPE -> {
          stringBytes++;
          state = State.SKIPPED_STRING;
          i++;
        }
        case NAME -> i = name(bytes, i, to);
        case TYPE -> i = shortText(bytes, i, ByteSearch.find(bytes, i, to, '"', '\\'), to);
        case AFTER_VALUE -> i = afterValue(bytes, i, to);
        case NAME_ESCAPE -> {
          state = State.NAME;
          i++;
        }
        case TYPE_ESCAPE -> {
          state = State.TYPE;
          i++;
        }
        case NUMBER -> i = number(bytes, i, to);
        case LITERAL -> i = literal(bytes, i, to);
        case COMPLETE, BROKEN -> {
          return i;
        }
        default -> {
          byte next = bytes[i];
          if (!isSpace(next) && !structure(next)) {
            continue; // the same byte, in the state it has led to
          }
          i++;
        }
      }
    }
    return to;
  }

  /** Takes a byte between values; false when it is to be looked at again in the new state. */
  private boolean structure(byte next) {
    switch (state) {
      case START -> {
        if (next == '{') {
          state = State.FIRST_NAME;
        } else if (next != (byte) 0xEF && next != (byte) 0xBB && next != (byte) 0xBF) {
          state = State.BROKEN; // those three are a byte order mark
        }
      }
      case FIRST_NAME, NEXT_NAME -> {
        if (next == '"') {
          text.clear();
          state = State.NAME;
        } else if (next == '}' && state == State.FIRST_NAME) {
          close();
        } else {
          state = State.BROKEN;
        }
      }
      case COLON -> state = next == ':' ? State.VALUE : State.BROKEN;
      case VALUE -> value(next);
      case ARRAY -> {
        state = State.SKIPPED;
        if (member != null) {
          sink.array(member.field(), next == ']');
        }
        return false;
      }
      default -> state = State.BROKEN;
    }
    return true;
  }

  private void value(byte first) {
    JsonPath known = member;
    if (known != null) {
      sink.begins(known.field(), first);
    }
    generated = known != null && known.field().generated();
    stringBytes = 0;
    switch (first) {
      case '"' -> {
        if (known != null && known.field() == Field.TYPE) {
          text.clear();
          state = State.TYPE;
        } else {
          depth = 0;
          state = State.SKIPPED_STRING;
        }
      }
      case '{' -> {
        if (known != null && known.hasMembers()) {
          object = known;
          state = State.FIRST_NAME;
        } else {
          depth = 1;
          state = State.SKIPPED;
        }
      }
      case '[' -> {
        depth = 1;
        state = known == null ? State.SKIPPED : State.ARRAY;
      }
      case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
        number = (long) first - '0';
        inFraction = false;
        state = State.NUMBER;
      }
      case '-', 't', 'f', 'n' -> state = State.LITERAL;
      default -> state = State.BROKEN;
    }
  }

  private int afterValue(byte[] bytes, int from, int to) {
    byte next = bytes[from];
    if (next == ',') {
      state = State.NEXT_NAME;
      if (from + 1 < to && bytes[from + 1] == '"') {
        text.clear();
        state = State.NAME;
        return from + 2;
      }
    } else if (next == '}') {
      close();
    } else if (!isSpace(next)) {
      state = State.BROKEN;
    }
    return from + 1;
  }

  private void close() {
    JsonPath closed = object;
    JsonPath parent = closed.parent();
    if (parent == null) {
      state = State.COMPLETE;
    } else {
      object = parent;
      state = State.AFTER_VALUE;
      sink.ends(closed.field());
    }
  }

  private int number(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      byte next = bytes[i];
      if (inFraction && next == '0') {
        continue;
      }
      if (next >= '0' && next <= '9' && !inFraction) {
        if (number != NOT_A_COUNT) {
          long grown = number * 10 + (next - '0');
          number = grown <= MAX_NUMBER ? grown : NOT_A_COUNT;
        }
      } else if (isEndOfScalar(next)) {
        if (member != null && number != NOT_A_COUNT) {
          sink.number(member.field(), number);
        }
        state = State.AFTER_VALUE;
        return i;
      } else if (next == '.' && !inFraction) {
        inFraction = true; // some write 12.0
      } else {
        number = NOT_A_COUNT; // a real fraction or an exponent
        state = State.LITERAL;
        return i;
      }
    }
    return to;
  }

  private int literal(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      byte next = bytes[i];
      if (isEndOfScalar(next)) {
        state = State.AFTER_VALUE;
        return i;
      }
      if (next == '"' || next == '{' || next == '[' || next == ':') {
        state = State.BROKEN;
        return i;
      }
    }
    return to;
  }

  private int name(byte[] bytes, int from, int to) {
    int end = ByteSearch.find(bytes, from, to, '"', '\\');
    if (end == to || bytes[end] == '\\' || !text.isEmpty()) {
      return shortText(bytes, from, end, to);
    }
    // Whole in this part, as nearly always: compared in place, and the value begun if it follows.
    member = object.member(bytes, from, end);
    state = State.COLON;
    int next = end + 1;
    if (next < to && bytes[next] == ':') {
      next++;
      state = State.VALUE;
      if (next < to && !isSpace(bytes[next])) {
        value(bytes[next++]);
      }
    }
    return next;
  }

  /**
   * Gathers a name or type that ends, or has an escape, or goes on after this part, at {@code end}.
   */
  private int shortText(byte[] bytes, int from, int end, int to) {
    text.append(bytes, from, end);
    if (end == to) {
      return to;
    }
    if (bytes[end] == '\\') {
      text.spoil();
      state = state == State.NAME ? State.NAME_ESCAPE : State.TYPE_ESCAPE;
    } else if (state == State.NAME) {
      member = object.member(text.bytes(), 0, text.length());
      state = State.COLON;
    } else {
      sink.type(text);
      state = State.AFTER_VALUE;
    }
    return end + 1;
  }

  private int skippedString(byte[] bytes, int from, int to) {
    int end = ByteSearch.find(bytes, from, to, '"', '\\');
    stringBytes += end - from;
    if (end == to) {
      return to;
    }
    if (bytes[end] == '\\') {
      stringBytes++;
      state = State.SKIPPED_ESCAPE;
    } else if (depth > 0) {
      state = State.SKIPPED;
    } else {
      countString();
      state = State.AFTER_VALUE;
    }
    return end + 1;
  }

  private int skipped(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      switch (bytes[i++]) {
        case '"' -> {
          int end = ByteSearch.find(bytes, i, to, '"', '\\');
          stringBytes = (long) end - i;
          if (end == to) {
            state = State.SKIPPED_STRING;
            return to;
          }
          i = end + 1;
          if (bytes[end] == '\\') {
            stringBytes++;
            state = State.SKIPPED_ESCAPE;
            return i;
          }
        }
        case ':' -> stringBytes = 0;
        case ',' -> countString();
        case '{', '[' -> depth++;
        case '}', ']' -> {
          countString();
          if (--depth == 0) {
            state = State.AFTER_VALUE;
            return i;
          }
        }
        default -> {}
      }
    }
    return to;
  }

  private void countString() {
    if (generated) {
      textBytes += stringBytes;
      stringBytes = 0;
    }
  }

  private static boolean isEndOfScalar(byte b) {
    return b == ',' || b == '}' || isSpace(b);
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }
}
