package dev.tallygate.keys;

import dev.tallygate.model.Printable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
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
import tools.jackson.databind.node.ObjectNode;

/**
 * The members of a JSON object that somebody has sent. Nothing is passed over or converted: members
 * that are not known, given twice or of another type are mistakes. They are noted as they are
 * found, and {@link #check} tells them all at once. Confined to one thread.
 */
public final class JsonFields {
  private final Set<String> known;
  private final Map<String, JsonNode> values = new LinkedHashMap<>();
  private final List<FieldError> mistakes = new ArrayList<>();

  private JsonFields(Set<String> known) {
    this.known = known;
  }

  /** A text that is no JSON object. */
  public static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    /** The message says what the text is, such as {@code is no JSON at 2:7}, and quotes nothing. */
    private MalformedException(String message) {
      super(message);
    }
  }

  /**
   * Reads an object's text; an empty one as an object without members.
   *
   * @param known which members there may be
   */
  public static JsonFields parse(String text, Set<String> known) throws MalformedException {
    JsonFields fields = new JsonFields(known);
    if (text.isEmpty()) {
      return fields;
    }
    try (JsonParser parser = JsonMapper.shared().createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedException("is no JSON object");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        fields.add(name, parser.readValueAsTree());
      }
      if (parser.nextToken() != null) {
        throw new MalformedException("has something after the JSON object");
      }
    } catch (JacksonException e) {
      // Where, but not what: that may be a secret.
      TokenStreamLocation at = e.getLocation();
      String where = at == null ? "" : " at " + at.getLineNr() + ":" + at.getColumnNr();
      throw new MalformedException("is no JSON" + where);
    }
    return fields;
  }

  /** The members of an object of ours. */
  public static JsonFields of(ObjectNode object, Set<String> known) {
    JsonFields fields = new JsonFields(known);
    object.forEachEntry(fields::add);
    return fields;
  }

  private void add(String name, JsonNode value) {
    if (!known.contains(name)) {
      mistake(Printable.brief(name), "there is no such field");
    } else if (values.put(name, value) != null) {
      mistake(name, "is given twice");
    }
  }

  /** The known members that were given, in the order in which they came. */
  public Set<String> given() {
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
   * @throws BadFieldsException when there were mistakes
   */
  public void check() {
    if (!mistakes.isEmpty()) {
      throw new BadFieldsException(mistakes);
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
    Instant time = value.isString() ? TimeText.parse(value.stringValue()) : null;
    if (time == null) {
      mistake(name, TimeText.EXPECTED);
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
