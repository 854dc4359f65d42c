package dev.tallygate.admin;

import dev.tallygate.admin.Problem.FieldError;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The members of a JSON object that was sent. Nothing is passed over or converted: members that are
 * not known, given twice or of another type are mistakes. They are noted as they are found, and
 * {@link #check} tells them all at once. Confined to one thread.
 */
final class Fields {
  private final Map<String, JsonNode> values;
  private final List<FieldError> mistakes;

  private Fields(Map<String, JsonNode> values, List<FieldError> mistakes) {
    this.values = values;
    this.mistakes = mistakes;
  }

  /**
   * Reads a request's body; an empty one as an object without members.
   *
   * @param types which media types it may have
   * @param known which members there may be
   * @throws Problem.Refused when it is no JSON object
   */
  static Fields of(Request request, Set<String> types, Set<String> known) {
    if (request.body().isEmpty()) {
      return new Fields(Map.of(), new ArrayList<>());
    }
    String type =
        request
            .header(HttpHeaderNames.CONTENT_TYPE)
            .replaceFirst(";.*", "")
            .strip()
            .toLowerCase(Locale.ROOT);
    if (!types.contains(type)) {
      throw Problem.of(415, "Send the body as " + String.join(" or ", types) + ".").refused();
    }
    Map<String, JsonNode> values = new LinkedHashMap<>();
    List<FieldError> mistakes = new ArrayList<>();
    try (JsonParser parser = JsonMapper.shared().createParser(request.body())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw Problem.of(400, "The body is no JSON object.").refused();
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        JsonNode value = parser.readValueAsTree();
        if (!known.contains(name)) {
          mistakes.add(new FieldError(shown(name), "there is no such field"));
        } else if (values.put(name, value) != null) {
          mistakes.add(new FieldError(name, "is given twice"));
        }
      }
      if (parser.nextToken() != null) {
        throw Problem.of(400, "Something follows the JSON object in the body.").refused();
      }
    } catch (JacksonException e) {
      // Where, but not what: that may be a secret.
      TokenStreamLocation at = e.getLocation();
      String where = at == null ? "" : " at " + at.getLineNr() + ":" + at.getColumnNr();
      throw Problem.of(400, "The body is no JSON" + where + ".").refused();
    }
    return new Fields(values, mistakes);
  }

  /** Whoever misspells a field may do so at length. */
  private static String shown(String name) {
    String line = name.replaceAll("\\p{Cntrl}", "?");
    return line.length() > 60 ? line.substring(0, 60) + "…" : line;
  }

  /** The known members that were given, in the order in which they came. */
  Set<String> given() {
    return new LinkedHashSet<>(values.keySet());
  }

  /** Whether a member was given, {@code null} included. */
  boolean has(String name) {
    return values.containsKey(name);
  }

  /** Whether a member was given as {@code null}. */
  boolean isNull(String name) {
    JsonNode value = values.get(name);
    return value != null && value.isNull();
  }

  void mistake(String name, String message) {
    mistakes.add(new FieldError(name, message));
  }

  /**
   * Ends the reading.
   *
   * @throws Problem.Refused when there were mistakes
   */
  void check() {
    if (!mistakes.isEmpty()) {
      throw Problem.unprocessable(mistakes).refused();
    }
  }

  /** A string, or null: it is not there, or a mistake, which is noted. So are all that follow. */
  @Nullable String text(String name, Predicate<String> good, String expected) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (value.isString() && good.test(value.stringValue())) {
      return value.stringValue();
    }
    wrong(name, expected);
    return null;
  }

  @Nullable Long integer(String name, long least, long most) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (value.isIntegralNumber()
        && value.canConvertToLong()
        && value.longValue() >= least
        && value.longValue() <= most) {
      return value.longValue();
    }
    wrong(name, "a whole number from " + least + " to " + most);
    return null;
  }

  @Nullable Boolean bool(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    wrong(name, "true or false");
    return null;
  }

  /** A time, in whole milliseconds. */
  @Nullable Instant time(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    Instant time = value.isString() ? Times.parse(value.stringValue()) : null;
    if (time == null) {
      mistake(name, Times.EXPECTED);
    }
    return time;
  }

  /** A list of different strings. */
  @Nullable List<String> texts(String name, int most, Predicate<String> good, String expected) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    List<String> texts = new ArrayList<>();
    boolean fine = value.isArray() && value.size() <= most;
    if (fine) {
      for (JsonNode each : value) {
        fine &= each.isString() && good.test(each.stringValue());
        texts.add(each.asString(""));
      }
    }
    if (fine && texts.stream().distinct().count() == texts.size()) {
      return texts;
    }
    wrong(name, expected);
    return null;
  }

  private @Nullable JsonNode value(String name) {
    JsonNode value = values.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private void wrong(String name, String expected) {
    // What was given is not repeated: it may be a secret.
    mistake(name, "expected " + expected);
  }
}
