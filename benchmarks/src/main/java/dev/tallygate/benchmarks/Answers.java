package dev.tallygate.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tallygate.model.ApiFormat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Answers of an upstream as they pass through the gateway, in both wire formats. */
final class Answers {
  private static final int PART_BYTES = 16 * 1024;

  private Answers() {}

  /** The events of a stream, each of some 200 bytes; the last but one tells the usage. */
  static List<byte[]> events(ApiFormat format, int count) {
    List<byte[]> events = new ArrayList<>(count);
    for (int i = 0; i < count - 2; i++) {
      events.add(bytes(format == ApiFormat.ANTHROPIC ? delta(i) : chunk(i)));
    }
    if (format == ApiFormat.ANTHROPIC) {
      events.add(
          bytes(
              """
              event: message_delta
              data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":21,"output_tokens":98}}

              """));
      events.add(bytes("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
    } else {
      events.add(
          bytes(
              """
              data: {"id":"chatcmpl-8f3e0","object":"chat.completion.chunk","created":1768726800,"model":"glm-4.7","choices":[],"usage":{"prompt_tokens":21,"completion_tokens":98,"total_tokens":119}}

              """));
      events.add(bytes("data: [DONE]\n\n"));
    }
    return events;
  }

  /** A document of about so many bytes, its usage at the end. */
  static byte[] document(ApiFormat format, int size) {
    String text = "A token is a piece of a word; \\\"this\\\" one has some.\\n";
    String content = text.repeat(Math.max(1, (size - 300) / text.length()));
    return bytes(
        format == ApiFormat.ANTHROPIC
            ? """
            {"id":"msg_01","type":"message","role":"assistant","model":"glm-4.7","content":[{"type":"text",\
            "text":"%s"}],"stop_reason":"end_turn","usage":{"input_tokens":21,"output_tokens":98}}\
            """
                .formatted(content)
            : """
            {"id":"chatcmpl-8f3e0","object":"chat.completion","created":1768726800,"model":"glm-4.7",\
            "choices":[{"index":0,"message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":21,"completion_tokens":98,"total_tokens":119}}\
            """
                .formatted(content));
  }

  /** The same bytes in parts of at most 16 KiB, as they come off a socket. */
  static ByteBuffer[] parts(byte[] bytes, boolean direct) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += PART_BYTES) {
      parts.add(buffer(bytes, at, Math.min(PART_BYTES, bytes.length - at), direct));
    }
    return parts.toArray(ByteBuffer[]::new);
  }

  /** The bytes in a buffer like those of the transport, or in one on the heap. */
  static ByteBuffer buffer(byte[] bytes, boolean direct) {
    return buffer(bytes, 0, bytes.length, direct);
  }

  private static ByteBuffer buffer(byte[] bytes, int at, int length, boolean direct) {
    ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
    return buffer.put(bytes, at, length).flip();
  }

  private static String chunk(int i) {
    return """
    data: {"id":"chatcmpl-8f3e0","object":"chat.completion.chunk","created":1768726800,"model":"glm-4.7",\
    "choices":[{"index":0,"delta":{"content":" token %04d"},"finish_reason":null}]}

    """
        .formatted(i);
  }

  private static String delta(int i) {
    return """
    event: content_block_delta
    data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta",\
    "text":" token %04d, and a few more words to make it as long as one of the other format"}}

    """
        .formatted(i);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
