package dev.tallygate.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The lines of a streamed answer in Anthropic's format: put together to events, printed as they
 * arrive, and judged at the end. Lines come on the HTTP client's threads, one after the other.
 */
final class Transcript implements Flow.Subscriber<String> {
  private final Page page;
  private final Supplier<Duration> clock;
  private final List<String> names = new ArrayList<>();
  private String name = "";
  private String data = "";
  private Duration first = Duration.ZERO;
  private Duration last = Duration.ZERO;
  private long input;
  private long output;

  /**
   * Starts an empty one.
   *
   * @param clock the time since the request was sent
   */
  Transcript(Page page, Supplier<Duration> clock) {
    this.page = page;
    this.clock = clock;
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public synchronized void onNext(String line) {
    if (line.startsWith("event:")) {
      name = line.substring("event:".length()).strip();
    } else if (line.startsWith("data:")) {
      data += line.substring("data:".length()).strip();
    } else if (line.isEmpty() && !data.isEmpty()) {
      arrived();
      name = "";
      data = "";
    }
  }

  @Override
  public void onError(Throwable failure) {
    // reported by the call itself
  }

  @Override
  public void onComplete() {
    // an event without its empty line is none
  }

  /** All input tokens, cached ones included, as the last usage says. */
  synchronized long input() {
    return input;
  }

  /** The output tokens, as the last usage says. */
  synchronized long output() {
    return output;
  }

  /**
   * What is wrong with the stream; empty when nothing is.
   *
   * @param eventDelay the pause between events with which it was sent
   */
  synchronized List<String> problems(Duration eventDelay) {
    List<String> problems = new ArrayList<>();
    if (names.isEmpty() || !names.getLast().equals("message_stop")) {
      problems.add("the stream did not end with message_stop: " + names);
    }
    // A third, since a busy machine may be late to see the first event, but never early.
    Duration sending = eventDelay.multipliedBy(Math.max(0, names.size() - 1));
    if (last.minus(first).compareTo(sending.dividedBy(3)) < 0) {
      problems.add("the stream came at once, it was sent over " + sending.toMillis() + " ms");
    }
    return problems;
  }

  private void arrived() {
    last = clock.get();
    if (names.isEmpty()) {
      first = last;
    }
    names.add(name);
    String summary;
    try {
      summary = summary(SimulatedUpstream.JSON.readTree(data));
    } catch (JacksonException e) {
      summary = data;
    }
    page.event(last, name, summary);
  }

  private String summary(JsonNode event) {
    return switch (name) {
      case "message_start" -> "model " + event.path("message").path("model").asString("?");
      case "content_block_delta" -> event.path("delta").path("text").toString();
      case "message_delta" -> {
        JsonNode usage = event.path("usage");
        input =
            usage.path("input_tokens").asLong(0)
                + usage.path("cache_creation_input_tokens").asLong(0)
                + usage.path("cache_read_input_tokens").asLong(0);
        output = usage.path("output_tokens").asLong(0);
        yield "input tokens %d, output tokens %d".formatted(input, output);
      }
      default -> "";
    };
  }
}
