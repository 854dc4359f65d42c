package dev.tallygate.admin;

import dev.tallygate.keys.FieldError;
import dev.tallygate.keys.TimeText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a URL, as strictly read as {@link dev.tallygate.keys.JsonFields}: what is not
 * known or given twice is a mistake. Confined to one thread.
 */
final class Query {
  private final Map<String, List<String>> values;
  private final List<FieldError> mistakes = new ArrayList<>();

  private Query(Map<String, List<String>> values) {
    this.values = values;
  }

  static Query of(Request request, String... known) {
    Query query = new Query(request.query());
    Set<String> names = Set.of(known);
    query.values.forEach((name, given) -> {
      if (!names.contains(name)) {
        query.mistake(
            "query", "there is a parameter that is not known; known are " + sorted(names));
      } else if (given.size() > 1) {
        query.mistake(name, "is given twice");
      }
    });
    return query;
  }

  private static String sorted(Set<String> names) {
    return String.join(", ", names.stream().sorted().toList());
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

  /** The value, or null: it is not there. */
  @Nullable String text(String name) {
    List<String> given = values.get(name);
    return given == null ? null : given.getFirst();
  }

  int number(String name, int least, int most, int otherwise) {
    String text = text(name);
    if (text == null) {
      return otherwise;
    }
    int number = text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
    if (number < least || number > most) {
      mistake(name, "expected a whole number from " + least + " to " + most);
      return otherwise;
    }
    return number;
  }

  @Nullable Instant time(String name) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    Instant time = TimeText.parse(text);
    if (time == null) {
      mistake(name, TimeText.EXPECTED);
    }
    return time;
  }
}
