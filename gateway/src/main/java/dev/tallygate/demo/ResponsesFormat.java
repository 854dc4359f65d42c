package dev.tallygate.demo;

import dev.tallygate.model.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * OpenAI's Responses API. A stream is a sequence of numbered, typed events; usage is inside the
 * last one, {@code response.completed} or, when the output was cut short, {@code
 * response.incomplete}.
 */
record ResponsesFormat() implements Format {
  @Override
  public ObjectNode plain(Call call) {
    return response(call, call.answer().truncated() ? "incomplete" : "completed");
  }

  @Override
  public List<Event> events(Call call) {
    Answer answer = call.answer();
    Sequence events = new Sequence();
    events.add("response.created").set("response", response(call, "in_progress"));
    events.add("response.in_progress").set("response", response(call, "in_progress"));
    int index = 0;
    if (!answer.thoughts().isEmpty()) {
      events.item("response.output_item.added", index).set("item", reasoning(call));
      events.item("response.output_item.done", index).set("item", reasoning(call));
      index++;
    }
    if (answer.call() == null) {
      message(events, call, index);
    } else {
      functionCall(events, call, answer.call(), index);
    }
    String status = answer.truncated() ? "incomplete" : "completed";
    events.add("response." + status).set("response", response(call, status));
    return events.written();
  }

  private static void message(Sequence events, Call call, int index) {
    String id = call.id("msg_");
    String text = call.answer().text();
    events
        .item("response.output_item.added", index)
        .set("item", message(call, "in_progress", null));
    events.part("response.content_part.added", id, index).set("part", outputText(""));
    for (String word : call.answer().words()) {
      events.part("response.output_text.delta", id, index).put("delta", word).putArray("logprobs");
    }
    events.part("response.output_text.done", id, index).put("text", text).putArray("logprobs");
    events.part("response.content_part.done", id, index).set("part", outputText(text));
    events.item("response.output_item.done", index).set("item", message(call, "completed", text));
  }

  private static void functionCall(Sequence events, Call call, Answer.ToolCall tool, int index) {
    String id = call.id("fc_");
    events
        .item("response.output_item.added", index)
        .set("item", functionCall(call, tool.name(), "", "in_progress"));
    for (String piece : Call.pieces(tool.arguments())) {
      events
          .item("response.function_call_arguments.delta", index)
          .put("item_id", id)
          .put("delta", piece);
    }
    events
        .item("response.function_call_arguments.done", index)
        .put("item_id", id)
        .put("name", tool.name())
        .put("arguments", tool.arguments());
    events
        .item("response.output_item.done", index)
        .set("item", functionCall(call, tool.name(), tool.arguments(), "completed"));
  }

  private static ObjectNode response(Call call, String status) {
    Answer answer = call.answer();
    ObjectNode body =
        object()
            .put("id", call.id("resp_"))
            .put("object", "response")
            .put("created_at", call.created())
            .put("status", status)
            .put("background", false)
            .putNull("error");
    if (status.equals("incomplete")) {
      body.putObject("incomplete_details").put("reason", "max_output_tokens");
    } else {
      body.putNull("incomplete_details");
    }
    body.putNull("instructions").putNull("max_output_tokens").put("model", call.prompt().model());
    ArrayNode output = body.putArray("output");
    boolean open = status.equals("in_progress");
    if (!open) {
      output(output, call);
    }
    body.put("parallel_tool_calls", true).putNull("previous_response_id");
    body.putObject("reasoning").putNull("effort").putNull("summary");
    body.put("store", false).put("temperature", 1.0);
    body.putObject("text").putObject("format").put("type", "text");
    body.put("tool_choice", "auto").putArray("tools");
    body.put("top_p", 1.0).put("truncation", "disabled");
    if (open) {
      body.putNull("usage");
    } else {
      body.set("usage", usage(answer));
    }
    body.putNull("user").putObject("metadata");
    return body;
  }

  private static void output(ArrayNode output, Call call) {
    Answer answer = call.answer();
    if (!answer.thoughts().isEmpty()) {
      output.add(reasoning(call));
    }
    Answer.ToolCall tool = answer.call();
    if (tool == null) {
      output.add(message(call, answer.truncated() ? "incomplete" : "completed", answer.text()));
    } else {
      output.add(functionCall(call, tool.name(), tool.arguments(), "completed"));
    }
  }

  private static ObjectNode message(Call call, String status, @Nullable String text) {
    ObjectNode item =
        object().put("id", call.id("msg_")).put("type", "message").put("status", status);
    ArrayNode content = item.put("role", "assistant").putArray("content");
    if (text != null) {
      content.add(outputText(text));
    }
    return item;
  }

  private static ObjectNode outputText(String text) {
    ObjectNode part = object().put("type", "output_text");
    part.putArray("annotations");
    part.putArray("logprobs");
    return part.put("text", text);
  }

  private static ObjectNode functionCall(Call call, String name, String arguments, String status) {
    return object()
        .put("id", call.id("fc_"))
        .put("type", "function_call")
        .put("status", status)
        .put("call_id", call.id("call_"))
        .put("name", name)
        .put("arguments", arguments);
  }

  private static ObjectNode reasoning(Call call) {
    ObjectNode item = object().put("id", call.id("rs_")).put("type", "reasoning");
    item.putArray("summary");
    return item;
  }

  private static ObjectNode usage(Answer answer) {
    TokenUsage usage = answer.usage();
    ObjectNode node = object().put("input_tokens", usage.input());
    node.putObject("input_tokens_details").put("cached_tokens", usage.cacheRead());
    node.put("output_tokens", usage.output());
    node.putObject("output_tokens_details").put("reasoning_tokens", answer.thoughts().size());
    return node.put("total_tokens", usage.total());
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** The events of one stream, numbered as they are added and written when all are filled in. */
  private static final class Sequence {
    private final List<ObjectNode> events = new ArrayList<>();

    ObjectNode add(String type) {
      ObjectNode event = object().put("type", type).put("sequence_number", events.size());
      events.add(event);
      return event;
    }

    ObjectNode item(String type, int outputIndex) {
      return add(type).put("output_index", outputIndex);
    }

    ObjectNode part(String type, String itemId, int outputIndex) {
      return item(type, outputIndex).put("item_id", itemId).put("content_index", 0);
    }

    List<Event> written() {
      return events.stream().map(Event::typed).toList();
    }
  }
}
