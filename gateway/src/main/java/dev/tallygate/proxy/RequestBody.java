package dev.tallygate.proxy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * What the gateway needs to know of a JSON request body, and where in it to change the model and to
 * ask for usage. Holds positions, not the bytes. Immutable.
 *
 * @param brace the index of the opening brace
 * @param isEmpty whether the object has no members
 * @param model the model asked for, decoded; null when absent or {@code null}
 * @param modelSpan where the value of {@code model} is; null when absent
 * @param stream whether {@code stream} is true
 * @param options where {@code stream_options} is; null when absent
 * @param asksForUsage whether the client itself set {@code stream_options.include_usage} to true
 * @param maxTokens {@code max_tokens}; of this and the next two, what exceeds an int counts as its
 *     maximum, and zero as absent, since some upstreams take it so
 * @param maxCompletionTokens {@code max_completion_tokens}
 * @param maxOutputTokens {@code max_output_tokens}
 * @param n how many answers are asked for, or made to choose from, for all prompts; at least 1
 * @param textBytes an upper bound of the text given to the model, in bytes of UTF-8: the whole body
 *     but for the data of media
 * @param media how many images, documents and recordings the body holds or names; a document that
 *     is text is none
 * @param refersToMore whether the model is also given what the body only refers to: an earlier
 *     response, a conversation or thread, an item or prompt kept upstream, a container with its
 *     skills, or what tools find that the upstream itself runs. That an answer shall be stored is
 *     no such reference
 */
public record RequestBody(
    int brace,
    boolean isEmpty,
    @Nullable String model,
    @Nullable Span modelSpan,
    boolean stream,
    @Nullable StreamOptions options,
    boolean asksForUsage,
    OptionalLong maxTokens,
    OptionalLong maxCompletionTokens,
    OptionalLong maxOutputTokens,
    int n,
    long textBytes,
    int media,
    boolean refersToMore) {
  private static final String INCLUDE_USAGE = "\"include_usage\":true";

  /** A value's bytes, counted from the body's first: start inclusive, end exclusive. */
  public record Span(int start, int end) {}

  /**
   * The value of {@code stream_options}.
   *
   * @param value where it is
   * @param isObject false when it is {@code null}
   * @param isEmpty whether the object has no members
   * @param includeUsage where the value of {@code include_usage} is; null when absent
   */
  public record StreamOptions(
      Span value, boolean isObject, boolean isEmpty, @Nullable Span includeUsage) {}

  /**
   * Reads a whole body, checking that all of it is valid JSON.
   *
   * @throws InvalidBodyException if it is not one JSON object in UTF-8, or is ambiguous about what
   *     the gateway has to know
   */
  public static RequestBody read(byte[] bytes, int offset, int length) throws InvalidBodyException {
    return new RequestBodyReader(bytes, offset, length).read();
  }

  /**
   * The edits that make the body ask for {@code chosen} and, if it is a stream, for usage. In
   * order, not overlapping; empty when the body can go as it is.
   *
   * @param chosen the model to ask for; null to leave the client's
   * @param includeUsage whether a stream shall carry usage: only for APIs that know {@code
   *     stream_options}
   */
  public List<Splice> splices(@Nullable String chosen, boolean includeUsage) {
    List<Splice> edits = new ArrayList<>(2);
    StringBuilder members = new StringBuilder();
    if (chosen != null && !chosen.equals(model)) {
      if (modelSpan == null) {
        members.append("\"model\":").append(quoted(chosen));
      } else {
        edits.add(replace(modelSpan, quoted(chosen)));
      }
    }
    if (includeUsage && stream && !asksForUsage) {
      if (options == null) {
        members.append(members.isEmpty() ? "" : ",");
        members.append("\"stream_options\":{").append(INCLUDE_USAGE).append('}');
      } else {
        edits.add(withUsage(options));
      }
    }
    if (!members.isEmpty()) {
      edits.add(insert(brace + 1, members.append(isEmpty ? "" : ",").toString()));
    }
    edits.sort(Comparator.comparingInt(Splice::start));
    return edits;
  }

  private static Splice withUsage(StreamOptions options) {
    if (!options.isObject()) {
      return replace(options.value(), "{" + INCLUDE_USAGE + "}");
    }
    if (options.includeUsage() != null) {
      return replace(options.includeUsage(), "true");
    }
    return insert(options.value().start() + 1, INCLUDE_USAGE + (options.isEmpty() ? "" : ","));
  }

  private static Splice insert(int at, String text) {
    return replace(new Span(at, at), text);
  }

  private static Splice replace(Span span, String text) {
    return new Splice(span.start(), span.end(), text.getBytes(StandardCharsets.UTF_8));
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, quoted);
    return quoted.append('"').toString();
  }
}
