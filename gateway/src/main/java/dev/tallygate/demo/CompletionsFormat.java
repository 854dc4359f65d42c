package dev.tallygate.demo;

import dev.tallygate.model.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * OpenAI's chat completions and, with {@code chat} false, its older text completions.
 *
 * <p>Streams carry usage only when {@code stream_options.include_usage} asks for it: in a last
 * chunk whose {@code choices} are empty.
 */
record CompletionsFormat(boolean chat) implements Format {
  @Override
  public ObjectNode plain(Call call) {
    Answer answer = call.answer();
    ObjectNode body = head(call, chat ? "chat.completion" : "text_completion");
    ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
    if (chat) {
      ObjectNode message = choice.putObject("message").put("role", "assistant");
      if (answer.call() == null) {
        message.put("content", answer.text());
      } else {
        message.putNull("content");
        toolCall(message.putArray("tool_calls"), call, answer.call().arguments());
      }
      if (!answer.thoughts().isEmpty()) {
        message.put("reasoning_content", String.join("", answer.thoughts()));
      }
      message.putNull("refusal");
    } else {
      choice.put("text", answer.text());
    }
    choice.putNull("logprobs").put("finish_reason", finish(answer));
    body.set("usage", usage(answer));
    return body;
  }

  @Override
  public List<Event> events(Call call) {
    Answer answer = call.answer();
    List<Event> events = new ArrayList<>();
    if (chat) {
      events.add(chunk(call, delta().put("role", "assistant").put("content", ""), null));
      for (String thought : answer.thoughts()) {
        events.add(chunk(call, delta().put("reasoning_content", thought), null));
      }
    }
    for (String word : answer.words()) {
      events.add(chunk(call, delta().put(chat ? "content" : "text", word), null));
    }
    if (chat && answer.call() != null) {
      ObjectNode opening = delta();
      toolCall(opening.putArray("tool_calls"), call, "");
      events.add(chunk(call, opening, null));
      for (String piece : Call.pieces(answer.call().arguments())) {
        ObjectNode delta = delta();
        ObjectNode part = delta.putArray("tool_calls").addObject().put("index", 0);
        part.putObject("function").put("arguments", piece);
        events.add(chunk(call, delta, null));
      }
    }
    events.add(chunk(call, chat ? delta() : delta().put("text", ""), finish(answer)));
    if (call.prompt().includeUsage()) {
      ObjectNode last = head(call, chat ? "chat.completion.chunk" : "text_completion");
      last.putArray("choices");
      last.set("usage", usage(answer));
      events.add(Event.unnamed(last));
    }
    events.add(Event.DONE);
    return events;
  }

  private Event chunk(Call call, ObjectNode delta, @Nullable String finish) {
    ObjectNode chunk = head(call, chat ? "chat.completion.chunk" : "text_completion");
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    if (chat) {
      choice.set("delta", delta);
    } else {
      choice.setAll(delta);
    }
    choice.putNull("logprobs").put("finish_reason", finish);
    if (call.prompt().includeUsage()) {
      chunk.putNull("usage");
    }
    return Event.unnamed(chunk);
  }

  private ObjectNode head(Call call, String object) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", call.id(chat ? "chatcmpl-" : "cmpl-"))
        .put("object", object)
        .put("created", call.created())
        .put("model", call.prompt().model());
  }

  private static ObjectNode delta() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static void toolCall(ArrayNode calls, Call call, String arguments) {
    Answer.ToolCall tool = call.answer().call();
    ObjectNode node = calls.addObject().put("index", 0).put("id", call.id("call_"));
    node.put("type", "function")
        .putObject("function")
        .put("name", tool == null ? "" : tool.name())
        .put("arguments", arguments);
  }

  private static String finish(Answer answer) {
    if (answer.call() != null) {
      return "tool_calls";
    }
    return answer.truncated() ? "length" : "stop";
  }

  private static ObjectNode usage(Answer answer) {
    TokenUsage usage = answer.usage();
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("prompt_tokens", usage.input())
            .put("completion_tokens", usage.output())
            .put("total_tokens", usage.total());
    node.putObject("prompt_tokens_details").put("cached_tokens", usage.cacheRead());
    node.putObject("completion_tokens_details").put("reasoning_tokens", answer.thoughts().size());
    return node;
  }
}
