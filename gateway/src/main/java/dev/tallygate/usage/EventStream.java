package dev.tallygate.usage;

import dev.tallygate.model.ApiFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the usage of a stream of server-sent events and, where told to, leaves out the chunk that
 * carries nothing else: {@code choices} empty, {@code usage} an object.
 */
final class EventStream extends UsageExtractor implements SseScanner.Sink, JsonScanner.Sink {
  private static final byte[] NEW_LINE = {'\n'};
  private static final byte[] DONE = ascii("[DONE]");
  private static final byte[] ERROR = ascii("error");
  private static final byte[] RESPONSE_FAILED = ascii("response.failed");
  private static final byte[][] OPENAI_ENDS = {
    ascii("response.completed"), ascii("response.incomplete"), RESPONSE_FAILED
  };
  private static final byte[][] ANTHROPIC_ENDS = {ascii("message_stop")};

  private final SseScanner lines = new SseScanner(this);
  private final ShortText eventName = new ShortText();
  private final JsonScanner json;
  private final byte[][] ends;
  private final @Nullable WithheldEvent withheld;

  private boolean failed;
  private boolean ended;
  // Where the ending begins in the current part, if it does, and what of it the last read returned.
  private int endingStart;
  private int endingBytes;
  private int shift;

  // Of the current event.
  private boolean anyData;
  private boolean named;
  private boolean endType;
  private int doneMatched;
  private boolean emptyChoices;
  private boolean usageObject;
  private boolean toBeShown;

  // Whether the event before was hidden; a line feed that ends it late goes the same way.
  private boolean lastHidden;

  EventStream(ApiFormat format, boolean hideUsageChunk) {
    super(new UsageTally(format));
    json = new JsonScanner(UsagePaths.event(format), this);
    ends = format == ApiFormat.ANTHROPIC ? ANTHROPIC_ENDS : OPENAI_ENDS;
    withheld = hideUsageChunk && format == ApiFormat.OPENAI ? new WithheldEvent() : null;
  }

  @Override
  public ByteBuffer read(ByteBuffer part) {
    boolean endedBefore = ended;
    if (withheld == null) {
      endingStart = part.position();
      scan(part);
      endingBytes = ended ? part.limit() - endingStart : 0;
      return part;
    }
    withheld.begin(part);
    scan(part);
    if (withheld.isTooLarge()) {
      toBeShown = true;
      withheld.show(part.limit());
    }
    endingBytes = withheld.endingBytes();
    ByteBuffer forward = withheld.end();
    if (endedBefore) {
      endingBytes = forward.remaining();
    }
    return forward;
  }

  @Override
  public ByteBuffer finish() {
    eventEnded();
    return withheld == null ? EMPTY : withheld.release();
  }

  @Override
  public int endingBytes() {
    return endingBytes;
  }

  @Override
  public boolean failed() {
    return failed;
  }

  @Override
  public boolean isStream() {
    return true;
  }

  @Override
  public long outputBytes() {
    return json.textBytes();
  }

  @Override
  void scan(byte[] bytes, int from, int to, int shift) {
    this.shift = shift;
    int i = from;
    while (i < to) {
      i = lines.scan(bytes, i, to);
      SseScanner.Stop stop = lines.stop();
      if (stop == SseScanner.Stop.EVENT && named && isEnd(eventName)) {
        endsAt(lines.emptyLine());
      }
      if (withheld != null) {
        settle(withheld, stop, i + shift);
      }
      if (stop == SseScanner.Stop.EVENT) {
        eventEnded();
      }
    }
  }

  /** Decides, as far as possible, about the bytes before {@code end}, an index into the part. */
  private void settle(WithheldEvent event, SseScanner.Stop stop, int end) {
    boolean late = stop == SseScanner.Stop.LINE_FEED;
    boolean hide = late ? lastHidden : json.complete() && emptyChoices && usageObject && !toBeShown;
    if (hide) {
      event.hide(end);
    } else if (late
        || stop == SseScanner.Stop.EVENT
        || toBeShown
        || json.complete()
        || json.broken()) {
      event.show(end);
    }
    if (!late) {
      lastHidden = hide;
    }
  }

  private void eventEnded() {
    failed |= named && isFailure(eventName);
    json.reset();
    anyData = false;
    named = false;
    endType = false;
    doneMatched = 0;
    emptyChoices = false;
    usageObject = false;
    toBeShown = false;
  }

  @Override
  public void dataLine() {
    if (anyData) {
      json.scan(NEW_LINE, 0, 1);
      if (doneMatched < DONE.length) {
        doneMatched = -1;
      }
    }
    anyData = true;
  }

  @Override
  public void data(byte[] bytes, int from, int to) {
    if (doneMatched >= 0 && doneMatched < DONE.length) {
      matchDone(bytes, from, to);
    }
    int end = json.scan(bytes, from, to);
    if (end > from && json.complete() && (endType || (named && isEnd(eventName)))) {
      endsAt(end - 1);
    }
  }

  private void matchDone(byte[] bytes, int from, int to) {
    for (int i = from; i < to && doneMatched < DONE.length; i++) {
      if (bytes[i] != DONE[doneMatched]) {
        doneMatched = -1;
        return;
      }
      doneMatched++;
      if (doneMatched == DONE.length) {
        endsAt(i);
      }
    }
  }

  /** The stream's ending begins with this byte, if it has not begun before. */
  private void endsAt(int index) {
    if (ended) {
      return;
    }
    ended = true;
    endingStart = index + shift;
    if (withheld != null) {
      withheld.endingFrom(endingStart);
    }
  }

  @Override
  public void nameLine() {
    named = true;
    eventName.clear();
  }

  @Override
  public void name(byte[] bytes, int from, int to) {
    eventName.append(bytes, from, to);
  }

  @Override
  public void begins(Field field, byte first) {
    switch (field) {
      case USAGE -> {
        usageObject = first == '{';
        toBeShown |= !usageObject;
        tally.begins(field, first);
      }
      case FIRST_USAGE -> tally.begins(field, first);
      case CHOICES -> toBeShown |= first != '[';
      case ERROR -> {
        boolean isNull = first == 'n';
        toBeShown |= !isNull;
        failed |= !isNull;
      }
      default -> {}
    }
  }

  @Override
  public void array(Field field, boolean empty) {
    if (field == Field.CHOICES) {
      emptyChoices = empty;
      toBeShown |= !empty;
    }
  }

  @Override
  public void number(Field field, long value) {
    tally.number(field, value);
  }

  @Override
  public void type(ShortText text) {
    endType = isEnd(text);
    failed |= isFailure(text);
  }

  @Override
  public void ends(Field field) {
    tally.ends(field);
  }

  private boolean isEnd(ShortText name) {
    for (byte[] end : ends) {
      if (name.is(end)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isFailure(ShortText name) {
    return name.is(ERROR) || name.is(RESPONSE_FAILED);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
