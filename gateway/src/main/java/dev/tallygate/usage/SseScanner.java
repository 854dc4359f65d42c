package dev.tallygate.usage;

/**
 * Takes server-sent events apart as they pass, split anywhere: lines end in {@code \n}, {@code
 * \r\n} or {@code \r}, an empty line ends an event, a byte order mark may lead. Comments and fields
 * other than {@code data} and {@code event} are skipped. Follows the WHATWG HTML standard,
 * "Server-sent events".
 */
final class SseScanner {
  /** Who is told. */
  interface Sink {
    /** A {@code data} line begins. */
    void dataLine();

    /** A part of the current {@code data} line, without its line end. */
    void data(byte[] bytes, int from, int to);

    /** An {@code event} line begins. */
    void nameLine();

    /** A part of the current {@code event} line, without its line end. */
    void name(byte[] bytes, int from, int to);
  }

  /** Why a scan stopped. */
  enum Stop {
    /** Nothing is left to read. */
    INPUT,
    /** An event has ended. */
    EVENT,
    /** The {@code \n} of a {@code \r\n} whose {@code \r} had ended an event. */
    LINE_FEED
  }

  private enum State {
    MARK,
    LINE,
    FIELD,
    VALUE,
    DATA,
    NAME,
    SKIP
  }

  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final byte[] DATA = {'d', 'a', 't', 'a'};
  private static final byte[] EVENT = {'e', 'v', 'e', 'n', 't'};

  private final Sink sink;
  private State state = State.MARK;
  private Stop stop = Stop.INPUT;
  private boolean dataField;
  private int matched;
  private boolean afterReturn;
  private boolean returnEndedEvent;
  private int emptyLine;

  SseScanner(Sink sink) {
    this.sink = sink;
  }

  /** Why the last scan stopped. */
  Stop stop() {
    return stop;
  }

  /** The index of the empty line that ended the last event, to be asked when a scan stopped so. */
  int emptyLine() {
    return emptyLine;
  }

  /**
   * Takes the next bytes, at least one, up to the end of an event at the latest.
   *
   * @return the index of the first byte not taken
   */
  int scan(byte[] bytes, int from, int to) {
    int i = from;
    stop = Stop.INPUT;
    if (afterReturn) {
      afterReturn = false;
      if (bytes[i] == '\n') {
        i++;
        if (returnEndedEvent) {
          stop = Stop.LINE_FEED;
          return i;
        }
      }
    }
    while (i < to) {
      switch (state) {
        case MARK -> {
          if (bytes[i] == MARK[matched]) {
            i++;
            if (++matched == MARK.length) {
              state = State.LINE;
            }
          } else {
            state = matched == 0 ? State.LINE : State.SKIP;
          }
        }
        case LINE -> {
          if (isLineEnd(bytes[i])) {
            emptyLine = i;
            i = lineEnd(bytes, i, to);
            returnEndedEvent = true;
            stop = Stop.EVENT;
            return i;
          }
          dataField = bytes[i] != 'e';
          if (startsWithData(bytes, i, to)) {
            i += DATA.length + 1;
            state = State.VALUE;
          } else {
            matched = 0;
            state = State.FIELD;
          }
        }
        case FIELD -> i = field(bytes, i, to);
        case VALUE -> {
          if (bytes[i] == ' ') {
            i++;
          }
          if (dataField) {
            state = State.DATA;
            sink.dataLine();
          } else {
            state = State.NAME;
            sink.nameLine();
          }
        }
        case DATA, NAME, SKIP -> i = rest(bytes, i, to);
      }
    }
    return i;
  }

  /** The field of nearly all lines, when it is whole in this part. */
  private static boolean startsWithData(byte[] bytes, int at, int to) {
    return to - at > DATA.length
        && bytes[at] == 'd'
        && bytes[at + 1] == 'a'
        && bytes[at + 2] == 't'
        && bytes[at + 3] == 'a'
        && bytes[at + 4] == ':';
  }

  private int field(byte[] bytes, int from, int to) {
    byte[] field = dataField ? DATA : EVENT;
    for (int i = from; i < to; i++) {
      if (matched == field.length && (bytes[i] == ':' || isLineEnd(bytes[i]))) {
        state = State.VALUE; // an empty one where there is no colon
        return bytes[i] == ':' ? i + 1 : i;
      }
      if (matched == field.length || bytes[i] != field[matched]) {
        state = State.SKIP;
        return i;
      }
      matched++;
    }
    return to;
  }

  private int rest(byte[] bytes, int from, int to) {
    int end = ByteSearch.find(bytes, from, to, '\n', '\r');
    if (state == State.DATA) {
      sink.data(bytes, from, end);
    } else if (state == State.NAME) {
      sink.name(bytes, from, end);
    }
    return end == to ? to : lineEnd(bytes, end, to);
  }

  private int lineEnd(byte[] bytes, int at, int to) {
    state = State.LINE;
    returnEndedEvent = false;
    int next = at + 1;
    if (bytes[at] == '\r') {
      if (next == to) {
        afterReturn = true;
      } else if (bytes[next] == '\n') {
        next++;
      }
    }
    return next;
  }

  private static boolean isLineEnd(byte b) {
    return b == '\n' || b == '\r';
  }
}
