package dev.tallygate.usage;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tokens used out of a response body as it passes. It looks at each byte once, holds no
 * part of the body (but for an event that may have to be hidden) and never fails: a body that
 * cannot be understood has no usage. Confined to one thread.
 */
public abstract sealed class UsageExtractor permits JsonAnswer, EventStream {
  /** A buffer without content. */
  static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  private static final int WINDOW_BYTES = 16 * 1024;

  // Direct buffers are read through here: one copy costs less than checked access byte by byte.
  private static final ThreadLocal<byte[]> WINDOW =
      ThreadLocal.withInitial(() -> new byte[WINDOW_BYTES]);

  final UsageTally tally;

  UsageExtractor(UsageTally tally) {
    this.tally = tally;
  }

  /**
   * For an answer that is one JSON document, its {@code usage} a member of the top-level object.
   */
  public static UsageExtractor forJson(ApiFormat format) {
    return new JsonAnswer(format);
  }

  /**
   * For a stream of server-sent events.
   *
   * @param hideUsageChunk whether to take out the OpenAI chunk that carries nothing but usage,
   *     because the gateway asked for it and the client did not
   */
  public static UsageExtractor forEventStream(ApiFormat format, boolean hideUsageChunk) {
    return new EventStream(format, hideUsageChunk);
  }

  /**
   * Takes the next part of the body, from its position to its limit, both of which stay.
   *
   * @return what to forward now: {@code part} itself as long as nothing is held back or left out,
   *     else a buffer of its own memory, possibly empty
   */
  public abstract ByteBuffer read(ByteBuffer part);

  /**
   * Takes note that the body is over.
   *
   * @return what was held back and is to be forwarded after all, possibly empty; if the stream was
   *     cut, that may be the beginning of an event, without its line end
   */
  public abstract ByteBuffer finish();

  /**
   * What the upstream has said so far; null when nothing. Within an Anthropic stream the output
   * counts are preliminary until its end.
   */
  public @Nullable TokenUsage usage() {
    return tally.usage();
  }

  /**
   * How many bytes at the end of what {@link #read} returned last must not reach the client before
   * the usage is on record: those from the byte on with which the stream's own end is complete.
   * That is the closing bracket of {@code [DONE]}, or the closing brace of the data of {@code
   * message_stop} or of a final {@code response} event, whether its {@code event} line or its
   * {@code type} says so; an {@code event} line that says so after the data, or without any that is
   * complete, does it with the empty line that follows. Zero before the end, all of a part that
   * comes after it, always zero for a JSON document. What a stream says of its usage, it has said
   * before its ending begins.
   */
  public abstract int endingBytes();

  /**
   * Whether {@link #usage} is the upstream's last word, also if the stream is cut now: any usage of
   * an OpenAI stream; of an Anthropic stream what {@code message_delta} said; of a JSON document
   * the {@code usage} member, complete. False while there is no usage.
   */
  public final boolean isFinal() {
    return tally.isFinal();
  }

  /**
   * Whether the stream carried an error event in place of an answer or of its rest: one with an
   * {@code error} member, one that its {@code event} line or {@code type} calls {@code error}, or
   * {@code response.failed}, which is a stream's own end at the same time and may carry usage.
   */
  public abstract boolean failed();

  /** Whether it reads a stream. */
  public abstract boolean isStream();

  /**
   * How many bytes of generated text a stream has carried so far, escapes and a few short constants
   * included: enough for an estimate where the upstream does not tell. Zero for a JSON document.
   */
  public abstract long outputBytes();

  /**
   * Shows the bytes of {@code part} to {@link #scan}.
   *
   * @param part may be of any kind; not changed
   */
  final void scan(ByteBuffer part) {
    int position = part.position();
    int limit = part.limit();
    if (part.hasArray()) {
      int offset = part.arrayOffset();
      scan(part.array(), position + offset, limit + offset, -offset);
      return;
    }
    byte[] window = WINDOW.get();
    for (int at = position; at < limit; at += WINDOW_BYTES) {
      int length = Math.min(WINDOW_BYTES, limit - at);
      part.get(at, window, 0, length);
      scan(window, 0, length, at);
    }
  }

  /**
   * Looks at the next bytes.
   *
   * @param shift what to add to an index into {@code bytes} to get the one into the part
   */
  abstract void scan(byte[] bytes, int from, int to, int shift);
}
