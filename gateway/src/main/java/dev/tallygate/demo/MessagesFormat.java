package dev.tallygate.demo;

import dev.tallygate.model.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Anthropic's messages. Input tokens exclude what the prompt cache read or stored; the usage of
 * {@code message_delta} is cumulative.
 *
 * @param usageAtEnd Z.AI's dialect: {@code message_start} says zero, the last {@code message_delta}
 *     says it all
 */
record MessagesFormat(boolean usageAtEnd) implements Format {
  @Override
  public ObjectNode plain(Call call) {
    Answer answer = call.answer();
    ObjectNode body = head(call);
    ArrayNode content = body.putArray("content");
    if (!answer.thoughts().isEmpty()) {
      content
          .addObject()
          .put("type", "thinking")
          .put("thinking", String.join("", answer.thoughts()))
          .put("signature", call.id("sig_"));
    }
    if (answer.call() == null) {
      content.addObject().put("type", "text").put("text", answer.text());
    } else {
      toolUse(content.addObject(), call, answer.call())
          .set("input", SimulatedUpstream.JSON.readTree(answer.call().arguments()));
    }
    body.put("stop_reason", stopReason(answer)).putNull("stop_sequence");
    body.set("usage", usage(answer.usage(), answer.usage().output()));
    return body;
  }

  @Override
  public List<Event> events(Call call) {
    Answer answer = call.answer();
    List<Event> events = new ArrayList<>();
    ObjectNode start = object("message_start");
    ObjectNode message = head(call);
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    message.set("usage", usageAtEnd ? usage(TokenUsage.NONE, 0) : usage(answer.usage(), 1));
    start.set("message", message);
    events.add(Event.typed(start));

    int index = 0;
    if (!answer.thoughts().isEmpty()) {
      ObjectNode block = JsonNodeFactory.instance.objectNode().put("type", "thinking");
      open(events, index, block.put("thinking", "").put("signature", ""));
      for (String thought : answer.thoughts()) {
        delta(events, index, "thinking_delta", "thinking", thought);
      }
      delta(events, index, "signature_delta", "signature", call.id("sig_"));
      close(events, index);
      index++;
    }
    ObjectNode block = JsonNodeFactory.instance.objectNode();
    if (answer.call() == null) {
      open(events, index, block.put("type", "text").put("text", ""));
      events.add(Event.typed(object("ping")));
      for (String word : answer.words()) {
        delta(events, index, "text_delta", "text", word);
      }
    } else {
      toolUse(block, call, answer.call()).putObject("input");
      open(events, index, block);
      events.add(Event.typed(object("ping")));
      delta(events, index, "input_json_delta", "partial_json", "");
      for (String piece : Call.pieces(answer.call().arguments())) {
        delta(events, index, "input_json_delta", "partial_json", piece);
      }
    }
    close(events, index);

    ObjectNode end = object("message_delta");
    end.putObject("delta").put("stop_reason", stopReason(answer)).putNull("stop_sequence");
    end.set("usage", usage(answer.usage(), answer.usage().output()));
    events.add(Event.typed(end));
    events.add(Event.typed(object("message_stop")));
    return events;
  }

  private static ObjectNode head(Call call) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", call.id("msg_"))
        .put("type", "message")
        .put("role", "assistant")
        .put("model", call.prompt().model());
  }

  private static ObjectNode toolUse(ObjectNode block, Call call, Answer.ToolCall tool) {
    return block.put("type", "tool_use").put("id", call.id("toolu_")).put("name", tool.name());
  }

  private static void open(List<Event> events, int index, ObjectNode block) {
    ObjectNode event = object("content_block_start").put("index", index);
    event.set("content_block", block);
    events.add(Event.typed(event));
  }

  private static void delta(
      List<Event> events, int index, String type, String member, String piece) {
    ObjectNode event = object("content_block_delta").put("index", index);
    event.putObject("delta").put("type", type).put(member, piece);
    events.add(Event.typed(event));
  }

  private static void close(List<Event> events, int index) {
    events.add(Event.typed(object("content_block_stop").put("index", index)));
  }

  private static ObjectNode object(String type) {
    return JsonNodeFactory.instance.objectNode().put("type", type);
  }

  private static String stopReason(Answer answer) {
    if (answer.call() != null) {
      return "tool_use";
    }
    return answer.truncated() ? "max_tokens" : "end_turn";
  }

  private static ObjectNode usage(TokenUsage usage, long output) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("input_tokens", usage.input() - usage.cacheRead() - usage.cacheWritten())
        .put("cache_creation_input_tokens", usage.cacheWritten())
        .put("cache_read_input_tokens", usage.cacheRead())
        .put("output_tokens", output);
  }
}
