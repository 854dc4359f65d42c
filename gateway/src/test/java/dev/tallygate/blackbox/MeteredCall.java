package dev.tallygate.blackbox;

import dev.tallygate.model.TokenUsage;
import java.nio.charset.StandardCharsets;

/**
 * One call whose answer follows from its number, so that client, upstream and ledger can be
 * compared without telling each other anything: what is asked, what the upstream answers, what
 * reaches the client and what it costs. The costs of calls that run at the same time differ from
 * each other in both counts.
 *
 * @param number different for every call of a test
 * @param shape what kind of call it is
 */
record MeteredCall(long number, Shape shape) {
  /** The kinds of calls, of both wire formats. */
  enum Shape {
    CHAT("/v1/chat/completions", ""),
    CHAT_STREAM("/v1/chat/completions", "\"stream\":true,"),
    CHAT_STREAM_WITH_USAGE(
        "/v1/chat/completions", "\"stream\":true,\"stream_options\":{\"include_usage\":true},"),
    RESPONSES("/v1/responses", ""),
    RESPONSES_STREAM("/v1/responses", "\"stream\":true,"),
    MESSAGES("/v1/messages", "\"max_tokens\":1000,"),
    MESSAGES_STREAM("/v1/messages", "\"max_tokens\":1000,\"stream\":true,");

    private static final Shape[] ALL = values();
    private static final Shape[] PLAIN = {CHAT, RESPONSES, MESSAGES};

    private final String path;
    private final String members;

    Shape(String path, String members) {
      this.path = path;
      this.members = members;
    }

    boolean streamed() {
      return members.contains("\"stream\":true");
    }
  }

  private static final String MARK = "\"user_id\":\"";

  /** One of all shapes, in turn. */
  static MeteredCall any(long number) {
    return new MeteredCall(number, Shape.ALL[(int) (number % Shape.ALL.length)]);
  }

  /** One of all shapes, streams two in seven, in no order that clients' turns could meet. */
  static MeteredCall mostlyPlain(long number) {
    int draw = (int) (((number * 0x9e3779b97f4a7c15L) >>> 32) % (2L * Shape.ALL.length));
    return new MeteredCall(
        number, draw < Shape.ALL.length ? Shape.ALL[draw] : Shape.PLAIN[draw % Shape.PLAIN.length]);
  }

  /** The call that a request's body asks for. */
  static MeteredCall askedFor(String body) {
    int at = body.indexOf(MARK) + MARK.length();
    String[] mark = body.substring(at, body.indexOf('"', at)).split("-", 2);
    return new MeteredCall(Long.parseLong(mark[0]), Shape.valueOf(mark[1]));
  }

  /** What the upstream says it costs; more than an estimate from so few bytes could come to. */
  TokenUsage usage() {
    return new TokenUsage(1_000 + number % 10_007, 0, 0, 2_000 + number % 10_009);
  }

  /** The request as the client sends it. */
  byte[] request(String key) {
    String body =
        "{\"model\":\"%s\",%s\"metadata\":{%s%d-%s\"},\"messages\":[{\"role\":\"user\",\"content\":\"Tell me.\"}]}"
            .formatted(
                number % 2 == 0 ? "glm-4.7" : "glm-4.5-air", shape.members, MARK, number, shape);
    String credential =
        shape.path.equals("/v1/messages") ? "x-api-key: " + key : "Authorization: Bearer " + key;
    return bytes(
        "POST %s HTTP/1.1\r\nHost: gateway\r\n%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(shape.path, credential, body.length(), body));
  }

  /** The whole answer as the upstream sends it, in either framing. */
  byte[] answer() {
    String body = body(true);
    String type = shape.streamed() ? "text/event-stream" : "application/json";
    String head = "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n";
    if (!shape.streamed() && number % 2 == 0) {
      return bytes(head + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }
    StringBuilder chunked = new StringBuilder(head).append("Transfer-Encoding: chunked\r\n\r\n");
    for (String event : body.splitWithDelimiters("\n\n", 0)) {
      chunked.append(Integer.toHexString(event.length())).append("\r\n");
      chunked.append(event).append("\r\n");
    }
    return bytes(chunked.append("0\r\n\r\n").toString());
  }

  /** The body that the client gets. */
  byte[] delivered() {
    return bytes(body(false));
  }

  /**
   * With how many bytes of {@link #delivered} a client has the answer whole, whatever comes or does
   * not come after them: a stream with its end's last byte, the line ends behind it aside.
   */
  int wholeAt(int length) {
    return shape.streamed() ? length - 2 : length;
  }

  private String body(boolean ofUpstream) {
    long in = usage().input();
    long out = usage().output();
    String openAi =
        "{\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}"
            .formatted(in, out, in + out);
    String other = "{\"input_tokens\":%d,\"output_tokens\":%d}".formatted(in, out);
    String text = "Answer " + number;
    return switch (shape) {
      case CHAT ->
          "{\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},\"finish_reason\":\"stop\"}],\"usage\":%s}"
              .formatted(text, openAi);
      case RESPONSES ->
          "{\"object\":\"response\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"%s\"}]}],\"usage\":%s}"
              .formatted(text, other);
      case MESSAGES ->
          "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}],\"usage\":%s}"
              .formatted(text, other);
      case CHAT_STREAM, CHAT_STREAM_WITH_USAGE ->
          chatChunk("{\"content\":\"" + text + "\"}", "null")
              + chatChunk("{\"content\":\" and more\"}", "null")
              + chatChunk("{}", "\"stop\"")
              + (ofUpstream || shape == Shape.CHAT_STREAM_WITH_USAGE
                  ? "data: {\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":"
                      + openAi
                      + "}\n\n"
                  : "")
              + "data: [DONE]\n\n";
      case RESPONSES_STREAM ->
          event("response.created", ",\"response\":{\"status\":\"in_progress\",\"usage\":null}")
              + event("response.output_text.delta", ",\"delta\":\"" + text + "\"")
              + event(
                  "response.completed",
                  ",\"response\":{\"status\":\"completed\",\"usage\":" + other + "}");
      case MESSAGES_STREAM ->
          event(
                  "message_start",
                  ",\"message\":{\"usage\":{\"input_tokens\":%d,\"output_tokens\":1}}"
                      .formatted(in))
              + event(
                  "content_block_delta",
                  ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + text + "\"}")
              + event(
                  "message_delta",
                  ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":%d}"
                      .formatted(out))
              + event("message_stop", "");
    };
  }

  private static String chatChunk(String delta, String finish) {
    return "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n"
        .formatted(delta, finish);
  }

  private static String event(String type, String members) {
    return "event: %s\ndata: {\"type\":\"%s\"%s}\n\n".formatted(type, type, members);
  }

  private static byte[] bytes(String ascii) {
    return ascii.getBytes(StandardCharsets.US_ASCII);
  }
}
