package dev.tallygate.proxy;

import dev.tallygate.proxy.RequestBody.Span;
import dev.tallygate.proxy.RequestBody.StreamOptions;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;

/** One pass over a request body; makes a {@link RequestBody} of it. For one use. */
final class RequestBodyReader {
  private static final int MAX_DEPTH = 1000;
  private static final int MAX_NAME_LENGTH = 1024;
  private static final int MAX_MODEL_BYTES = 1024;
  // Digits that a long can surely hold, and more than any count of tokens has.
  private static final int MAX_COUNT_LENGTH = 18;

  /*
   * The members by which a call is changed, counted or refused. Upstreams in Go take Model for model,
   * and the last one counts there: it would be the client's model after all.
   */
  private static final String[] DECISIVE = {
    "model", "stream", "stream_options", "background", "n", "best_of"
  };

  /*
   * The body is bounded before it comes here, so texts (images in base64) and numbers need no bound
   * of their own. Names do: the parser keeps those it has seen in a table that all calls share.
   */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME_LENGTH)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final byte[] bytes;
  private final int offset;
  private final int length;

  private @Nullable String model;
  private @Nullable Span modelSpan;
  private boolean streamSeen;
  private boolean stream;
  private @Nullable StreamOptions options;
  private boolean asksForUsage;
  private OptionalLong maxTokens = OptionalLong.empty();
  private OptionalLong maxCompletionTokens = OptionalLong.empty();
  private OptionalLong maxOutputTokens = OptionalLong.empty();
  private int n = 1;
  private int prompts = 1;

  RequestBodyReader(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
  }

  RequestBody read() throws InvalidBodyException {
    checkEncoding();
    try (JsonParser parser =
        FACTORY.createParser(ObjectReadContext.empty(), bytes, offset, length)) {
      try {
        return object(parser);
      } catch (JacksonException e) {
        throw new InvalidBodyException(describe(e, parser));
      }
    }
  }

  /** The parser would detect other encodings; the positions it reports would then mean others. */
  private void checkEncoding() throws InvalidBodyException {
    if (startsWith(0xEF, 0xBB, 0xBF)) {
      throw new InvalidBodyException(
          "The request body starts with a UTF-8 byte order mark: send the JSON without it.");
    }
    boolean zero = false;
    for (int i = 0; i < Math.min(4, length); i++) {
      zero |= bytes[offset + i] == 0;
    }
    if (zero || startsWith(0xFE, 0xFF) || startsWith(0xFF, 0xFE)) {
      throw new InvalidBodyException(
          "The request body is not UTF-8 (it looks like UTF-16 or UTF-32): encode the JSON as UTF-8.");
    }
    // The parser would pass over much of it, and an upstream may read something else then.
    int mistake = Utf8.firstMistake(bytes, offset, offset + length) - offset;
    if (mistake < length) {
      throw new InvalidBodyException(
          "The request body is not UTF-8 at byte %d: encode the JSON as UTF-8.".formatted(mistake));
    }
  }

  private boolean startsWith(int... prefix) {
    if (length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (bytes[offset + i] != (byte) prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private RequestBody object(JsonParser parser) throws InvalidBodyException {
    JsonToken first = parser.nextToken();
    if (first == null) {
      throw new InvalidBodyException("The request body is empty: send a JSON object.");
    }
    if (first != JsonToken.START_OBJECT) {
      throw new InvalidBodyException(
          "The request body is %s at the top level: send a JSON object.".formatted(kind(first)));
    }
    int brace = start(parser);
    ContentReader content = new ContentReader(parser, bytes, offset, length);
    boolean isEmpty = true;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      isEmpty = false;
      String name = parser.currentName();
      member(parser, content, name, parser.nextToken());
    }
    checkEnd(parser);
    return new RequestBody(
        brace,
        isEmpty,
        model,
        modelSpan,
        stream,
        options,
        asksForUsage,
        maxTokens,
        maxCompletionTokens,
        maxOutputTokens,
        (int) Math.min(Integer.MAX_VALUE, (long) n * prompts),
        length - content.mediaBytes(),
        content.media(),
        content.refersToMore());
  }

  private static void checkEnd(JsonParser parser) throws InvalidBodyException {
    long end = parser.currentLocation().getByteOffset();
    boolean more;
    try {
      more = parser.nextToken() != null;
    } catch (JacksonException e) {
      more = true;
    }
    if (more) {
      throw new InvalidBodyException(
          "The request body goes on after its JSON object has ended at byte %d: send one object and nothing after it."
              .formatted(end));
    }
  }

  private void member(JsonParser parser, ContentReader content, String name, JsonToken value)
      throws InvalidBodyException {
    switch (name) {
      case "model" -> model(parser, value);
      case "stream" -> stream(parser, value);
      case "stream_options" -> streamOptions(parser, value);
      case "max_tokens" -> maxTokens = larger(maxTokens, count(parser, value));
      case "max_completion_tokens" ->
          maxCompletionTokens = larger(maxCompletionTokens, count(parser, value));
      case "max_output_tokens" -> maxOutputTokens = larger(maxOutputTokens, count(parser, value));
      case "n", "best_of" -> answers(parser, name, value);
      case "background" -> background(parser, value);
      case "messages", "input" -> content.content(value);
      case "tools" -> content.tools(value);
      case "previous_response_id",
          "conversation",
          "thread",
          "container",
          "mcp_servers",
          "web_search_options" ->
          content.reference(value);
      case "prompt" -> {
        // An object is one that is kept upstream; completions have one or more texts here.
        if (value == JsonToken.START_OBJECT) {
          content.reference(value);
        } else {
          prompts = Math.max(prompts, texts(parser, value));
        }
      }
      default -> {
        checkName(parser, name);
        parser.skipChildren();
      }
    }
  }

  private static void checkName(JsonParser parser, String name) throws InvalidBodyException {
    for (String decisive : DECISIVE) {
      if (name.equalsIgnoreCase(decisive)) {
        throw new InvalidBodyException(
            "The request body has a member that is `%s` but for upper and lower case, its value at byte %d, and some upstreams would take it for that: write `%s`, and send it once."
                .formatted(decisive, start(parser), decisive));
      }
    }
  }

  private static OptionalLong larger(OptionalLong known, long count) {
    return count <= 0 ? known : OptionalLong.of(Math.max(count, known.orElse(0)));
  }

  private void answers(JsonParser parser, String name, JsonToken value)
      throws InvalidBodyException {
    // Some upstreams would take "5" for 5, and answer as often.
    if (!value.isNumeric() && value != JsonToken.VALUE_NULL) {
      throw wrongKind(name, start(parser), value, "a number");
    }
    n = (int) Math.max(n, count(parser, value));
  }

  /** How many texts there are, each a string or an array of tokens; at least 1. */
  private static int texts(JsonParser parser, JsonToken value) {
    int texts = 0;
    if (value == JsonToken.START_ARRAY) {
      for (JsonToken each = parser.nextToken();
          each != JsonToken.END_ARRAY;
          each = parser.nextToken()) {
        texts += each == JsonToken.VALUE_STRING || each == JsonToken.START_ARRAY ? 1 : 0;
        parser.skipChildren();
      }
    }
    return Math.max(1, texts);
  }

  /** Its usage would be told to whoever asks for it later, once, often or never. */
  private void background(JsonParser parser, JsonToken value) throws InvalidBodyException {
    if (value == JsonToken.VALUE_TRUE) {
      throw new InvalidBodyException(
          "The request asks for an answer that is made in the background (`background` at byte %d), and the gateway counts tokens as answers pass: stream it, or wait for it."
              .formatted(start(parser)));
    }
    parser.skipChildren();
  }

  private void model(JsonParser parser, JsonToken value) throws InvalidBodyException {
    int start = start(parser);
    if (modelSpan != null) {
      throw second("model", start);
    }
    if (value != JsonToken.VALUE_STRING && value != JsonToken.VALUE_NULL) {
      throw wrongKind("model", start, value, "a string");
    }
    parser.finishToken();
    modelSpan = new Span(start, end(parser));
    if (modelSpan.end() - start > MAX_MODEL_BYTES) {
      throw new InvalidBodyException(
          "`model` at byte %d of the request body is longer than %d bytes: send a model's name."
              .formatted(start, MAX_MODEL_BYTES));
    }
    model = value == JsonToken.VALUE_NULL ? null : parser.getString();
  }

  private void stream(JsonParser parser, JsonToken value) throws InvalidBodyException {
    int start = start(parser);
    if (streamSeen) {
      throw second("stream", start);
    }
    // Some upstreams would take "true" or 1 for true, and then stream without usage.
    if (!value.isBoolean() && value != JsonToken.VALUE_NULL) {
      throw wrongKind("stream", start, value, "true or false");
    }
    streamSeen = true;
    stream = value == JsonToken.VALUE_TRUE;
  }

  private void streamOptions(JsonParser parser, JsonToken value) throws InvalidBodyException {
    int start = start(parser);
    if (options != null) {
      throw second("stream_options", start);
    }
    if (value == JsonToken.VALUE_NULL) {
      options = new StreamOptions(new Span(start, end(parser)), false, true, null);
      return;
    }
    if (value != JsonToken.START_OBJECT) {
      throw wrongKind("stream_options", start, value, "an object");
    }
    boolean isEmpty = true;
    Span includeUsage = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      isEmpty = false;
      boolean isInclude = "include_usage".equals(parser.currentName());
      JsonToken option = parser.nextToken();
      int optionStart = isInclude ? start(parser) : 0;
      if (option == JsonToken.VALUE_STRING) {
        parser.finishToken();
      }
      parser.skipChildren();
      if (isInclude) {
        if (includeUsage != null) {
          throw second("stream_options.include_usage", optionStart);
        }
        includeUsage = new Span(optionStart, end(parser));
        asksForUsage = option == JsonToken.VALUE_TRUE;
      }
    }
    options = new StreamOptions(new Span(start, end(parser)), true, isEmpty, includeUsage);
  }

  /** A count as an int's range knows it, rounded up; -1 for what is none. */
  private long count(JsonParser parser, JsonToken value) {
    if (!value.isNumeric()) {
      parser.skipChildren();
      return -1;
    }
    int start = start(parser);
    if (bytes[offset + start] == '-') {
      return -1;
    }
    parser.finishToken();
    int digits = end(parser) - start;
    if (value == JsonToken.VALUE_NUMBER_FLOAT) {
      double fraction = digits > MAX_COUNT_LENGTH ? -1 : Math.ceil(parser.getDoubleValue());
      return (long) Math.min(Integer.MAX_VALUE, fraction);
    }
    if (digits > MAX_COUNT_LENGTH) {
      return Integer.MAX_VALUE;
    }
    return Math.min(Integer.MAX_VALUE, parser.getLongValue());
  }

  private static int start(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  private static int end(JsonParser parser) {
    return (int) parser.currentLocation().getByteOffset();
  }

  private static InvalidBodyException second(String name, int at) {
    return new InvalidBodyException(
        "The request body has a second `%s`, its value at byte %d: send it once."
            .formatted(name, at));
  }

  private static InvalidBodyException wrongKind(
      String name, int at, JsonToken found, String expected) {
    return new InvalidBodyException(
        "`%s` at byte %d of the request body is %s: make it %s."
            .formatted(name, at, kind(found), expected));
  }

  private static String kind(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_NULL -> "null";
      default -> "true or false";
    };
  }

  /** In our own words: the parser's would quote the body. */
  private static String describe(JacksonException e, JsonParser parser) {
    TokenStreamLocation known = e.getLocation();
    TokenStreamLocation at = known == null ? parser.currentLocation() : known;
    String where =
        "byte %d (line %d, column %d)"
            .formatted(at.getByteOffset(), at.getLineNr(), at.getColumnNr());
    if (e instanceof UnexpectedEndOfInputException) {
      return "The request body ends at %s, in the middle of its JSON: send all of it."
          .formatted(where);
    }
    if (e instanceof StreamConstraintsException) {
      return parser.streamReadContext().getNestingDepth() >= MAX_DEPTH
          ? "The request body is nested more than %d levels deep at %s: send a flatter one."
              .formatted(MAX_DEPTH, where)
          : "The request body has a member name longer than %d characters at %s: shorten it."
              .formatted(MAX_NAME_LENGTH, where);
    }
    return "The request body is not valid JSON at %s: check what precedes that place, such as a quote, comma or brace."
        .formatted(where);
  }
}
