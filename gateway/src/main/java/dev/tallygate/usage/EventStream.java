package dev.tallygate.usage;

import dev.tallygate.model.ApiFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the usage of a stream of server-sent events and, where told to, leaves out the chunk that
 * carries nothing else: {@code choices} empty, {@code usage} an object.
 */
final class EventStream extends UsageExtractor implements SseScanner.Sink, JsonScanner.Sink {
  private static final byte[] NEW_LINE = {'\n'};
  private static final byte[] DONE = ascii("[DONE]");
  private static final byte[][] OPENAI_ENDS =
      Stream.of("response.completed", "response.incomplete", "response.failed")
          .map(EventStream::ascii)
          .toArray(byte[][]::new);
  private static final byte[][] ANTHROPIC_ENDS = {ascii("message_stop")};

  private final SseScanner lines = new SseScanner(this);
  private final ShortText eventName = new ShortText();
  private final JsonScanner json;
  private final byte[][] ends;
  private final @Nullable WithheldEvent withheld;

  private boolean sawEnd;

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
    if (withheld == null) {
      scan(part);
      return part;
    }
    withheld.begin(part);
    scan(part);
    if (withheld.isTooLarge()) {
      toBeShown = true;
      withheld.show(part.limit());
    }
    return withheld.end();
  }

  @Override
  public ByteBuffer finish() {
    eventEnded();
    return withheld == null ? EMPTY : withheld.release();
  }

  @Override
  public boolean sawEnd() {
    return sawEnd;
  }

  @Override
  public long outputBytes() {
    return json.textBytes();
  }

  @Override
  void scan(byte[] bytes, int from, int to, int shift) {
    int i = from;
    while (i < to) {
      i = lines.scan(bytes, i, to);
      SseScanner.Stop stop = lines.stop();
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
    boolean ending = endType;
    if (named && !ending) {
      ending = isEnd(eventName);
    }
    sawEnd |= doneMatched == DONE.length || (ending && json.complete());
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
    }
    anyData = true;
  }

  @Override
  public void data(byte[] bytes, int from, int to) {
    if (doneMatched >= 0 && doneMatched < DONE.length) {
      matchDone(bytes, from, to);
    }
    json.scan(bytes, from, to);
  }

  private void matchDone(byte[] bytes, int from, int to) {
    for (int i = from; i < to && doneMatched < DONE.length; i++) {
      if (bytes[i] != DONE[doneMatched]) {
        doneMatched = -1;
        return;
      }
      doneMatched++;
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
      case CHOICES -> toBeShown |= first != '[';
      case ERROR -> toBeShown |= first != 'n';
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

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
