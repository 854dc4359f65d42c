package dev.tallygate.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Fuzz;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whatever an upstream's error says: it is one of Z.AI's with a code of theirs, or none. */
public class ZaiErrorFuzzTest {
  private static final JsonMapper TREES = JsonMapper.shared();

  @Test
  void anyError_hasACodeOrIsNone() throws IOException {
    Fuzz.briefly(getClass(), ZaiErrorFuzzTest::fuzzerTestOneInput, 4000, "fuzz/errors");
  }

  @Test
  void deepError_isNone() {
    for (String level : List.of("[", "{\"error\":", "{\"error\":[")) {
      assertThat(ZaiError.parse(level.repeat(200_000).getBytes(UTF_8), true)).as(level).isNull();
    }
  }

  public static void fuzzerTestOneInput(byte[] input) {
    ZaiError ofAny = ZaiError.parse(input, false);
    ZaiError error = ZaiError.parse(input, true);
    if (ofAny != null) {
      assertThat(error).as("of an upstream that is known").isEqualTo(ofAny);
    }
    if (error != null) {
      assertThat(error.code()).isBetween(1000, 1999);
      assertThat(error.meaning()).isNotNull();
      var _ = error.resetAt();
    }
    try {
      JsonNode tree = TREES.readTree(input);
      byte[] spaced = TREES.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree);
      assertThat(ZaiError.parse(spaced, true)).as("laid out otherwise").isEqualTo(error);
      assertThat(ZaiError.parse(spaced, false)).as("laid out otherwise").isEqualTo(ofAny);
    } catch (JacksonException e) {
      assertThat(error).as("of what is no JSON").isNull();
    }
  }
}
