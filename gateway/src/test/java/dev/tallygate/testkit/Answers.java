package dev.tallygate.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Canned answers of an upstream, whole messages with their heads. */
public final class Answers {
  private Answers() {}

  /** A JSON answer with {@code Content-Length}; further fields each {@code "name: value"}. */
  public static String json(int status, String body, String... fields) {
    return head(status, "application/json", fields)
        + "Content-Length: "
        + body.getBytes(StandardCharsets.UTF_8).length
        + "\r\n\r\n"
        + body;
  }

  /** A JSON answer with a chunked body, each piece a chunk. */
  public static String chunked(int status, List<String> pieces, String... fields) {
    StringBuilder answer = new StringBuilder(head(status, "application/json", fields));
    answer.append("Transfer-Encoding: chunked\r\n\r\n");
    pieces.forEach(piece -> answer.append(chunk(piece)));
    return answer.append("0\r\n\r\n").toString();
  }

  /** A JSON answer without a length; the script closes after it. */
  public static String untilClose(int status, String body, String... fields) {
    return head(status, "application/json", fields) + "Connection: close\r\n\r\n" + body;
  }

  /** The head of a chunked event stream. */
  public static String streamHead(String... fields) {
    return head(200, "text/event-stream", fields) + "Transfer-Encoding: chunked\r\n\r\n";
  }

  /** A whole event stream, each event a chunk. */
  public static String stream(List<String> events, String... fields) {
    StringBuilder answer = new StringBuilder(streamHead(fields));
    events.forEach(event -> answer.append(chunk(event)));
    return answer.append("0\r\n\r\n").toString();
  }

  /** A chunk with its size and line ends. */
  public static String chunk(String text) {
    return Integer.toHexString(text.getBytes(StandardCharsets.UTF_8).length)
        + "\r\n"
        + text
        + "\r\n";
  }

  /** A chat completion with usage. */
  public static String chatCompletion(int input, int output) {
    return json(200, chatCompletionBody(input, output));
  }

  /** The body of {@link #chatCompletion}. */
  public static String chatCompletionBody(int input, int output) {
    return """
    {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"glm-4.7",\
    "choices":[{"index":0,"message":{"role":"assistant","content":"Grüße"},"finish_reason":"stop"}],\
    "usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}\
    """
        .formatted(input, output, input + output);
  }

  /** A chat stream: {@code words} content events, the end, the usage chunk and {@code [DONE]}. */
  public static String chatStream(int words, int input, int output) {
    return stream(chatEvents(words, input, output));
  }

  /** The events of {@link #chatStream}. */
  public static List<String> chatEvents(int words, int input, int output) {
    List<String> events = new ArrayList<>();
    for (int i = 0; i < words; i++) {
      events.add(chatChunk("{\"content\":\"wörd " + i + " \"}", "null"));
    }
    events.add(chatChunk("{}", "\"stop\""));
    events.add(
        """
        data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,\
        "model":"glm-4.7","choices":[],\
        "usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}

        """
            .formatted(input, output, input + output));
    events.add("data: [DONE]\n\n");
    return events;
  }

  /** An Anthropic message with usage. */
  public static String message(int input, int output) {
    return json(
        200,
        """
        {"id":"msg_1","type":"message","role":"assistant","model":"glm-4.7",\
        "content":[{"type":"text","text":"Grüße"}],"stop_reason":"end_turn","stop_sequence":null,\
        "usage":{"input_tokens":%d,"output_tokens":%d}}\
        """
            .formatted(input, output));
  }

  /** An Anthropic stream of {@code words} text deltas. */
  public static String messageStream(int words, int input, int output) {
    return stream(messageEvents(words, input, output));
  }

  /** The events of {@link #messageStream}. */
  public static List<String> messageEvents(int words, int input, int output) {
    List<String> events = new ArrayList<>();
    events.add(
        typed(
            "message_start",
            """
            ,"message":{"id":"msg_1","type":"message","role":"assistant","model":"glm-4.7",\
            "content":[],"stop_reason":null,"stop_sequence":null,\
            "usage":{"input_tokens":%d,"output_tokens":1}}\
            """
                .formatted(input)));
    events.add(
        typed(
            "content_block_start",
            ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
    events.add(typed("ping", ""));
    for (int i = 0; i < words; i++) {
      events.add(
          typed(
              "content_block_delta",
              ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"wörd " + i + " \"}"));
    }
    events.add(typed("content_block_stop", ",\"index\":0"));
    events.add(
        typed(
            "message_delta",
            """
            ,"delta":{"stop_reason":"end_turn","stop_sequence":null},\
            "usage":{"output_tokens":%d}\
            """
                .formatted(output)));
    events.add(typed("message_stop", ""));
    return events;
  }

  private static String chatChunk(String delta, String finish) {
    return """
    data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,\
    "model":"glm-4.7","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}

    """
        .formatted(delta, finish);
  }

  private static String typed(String type, String members) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + members + "}\n\n";
  }

  private static String head(int status, String contentType, String... fields) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Simulated\r\n");
    head.append("Content-Type: ").append(contentType).append("\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    return head.toString();
  }
}
