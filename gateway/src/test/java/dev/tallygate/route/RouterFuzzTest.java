package dev.tallygate.route;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Fuzz;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * Whatever the target: what is sent on is what came, fit to be sent, and no spelling of a path gets
 * past the rules for its body.
 */
public class RouterFuzzTest {
  private static final Router ROUTER = new Router();
  private static final List<String> METHODS = List.of("POST", "GET", "DELETE", "HEAD", "BREW");
  private static final List<String> RULED =
      List.of("chat/completions", "completions", "responses", "messages", "messages/count_tokens");

  @Test
  void anyTarget_isSentOnAsItCame() throws IOException {
    Fuzz.briefly(getClass(), RouterFuzzTest::fuzzerTestOneInput, 15_000, "fuzz/targets");
  }

  public static void fuzzerTestOneInput(byte[] input) {
    String target = new String(input, ISO_8859_1);
    for (String method : METHODS) {
      if (ROUTER.route(method, target) instanceof Route.Routed routed) {
        assertThat(target).as("what is sent on").endsWith(routed.upstreamTarget());
        assertThat(routed.upstreamTarget()).startsWith("/").matches(RouterFuzzTest::isPrintable);
        assertThat(Router.path(target)).startsWith("/v1/");
      }
    }
    for (String endpoint : RULED) {
      checkSpelling(endpoint, input);
    }
  }

  private static boolean isPrintable(String target) {
    return target.chars().noneMatch(c -> c <= ' ' || c == 0x7f);
  }

  /** The input says how each character of the path is spelled. */
  private static void checkSpelling(String endpoint, byte[] input) {
    BodyUse expected = ((Route.Routed) ROUTER.route("POST", "/v1/" + endpoint)).bodyUse();
    StringBuilder target = new StringBuilder("/v1/");
    for (int i = 0; i < endpoint.length(); i++) {
      target.append(spelled(endpoint.charAt(i), i < input.length ? input[i] : 0));
    }
    for (String end : List.of("", "/", "//", ";a=b", "/;a", "%2F", "?a=/../x", "%3Bx")) {
      if (ROUTER.route("POST", target + end) instanceof Route.Routed routed) {
        assertThat(routed.bodyUse()).as(target + end).isEqualTo(expected);
      }
    }
  }

  private static String spelled(char c, byte how) {
    return switch (how & 15) {
      case 1 -> "%" + Integer.toHexString(c);
      case 2 -> "%" + Integer.toHexString(c).toUpperCase(Locale.ROOT);
      case 3 -> String.valueOf(Character.toUpperCase(c));
      case 4 -> "%" + Integer.toHexString(Character.toUpperCase(c));
      case 5 -> c == '/' ? "//" : String.valueOf(c);
      case 6 -> c == '/' ? "%2f/" : String.valueOf(c);
      case 7 -> c == '/' ? ";x=y/" : String.valueOf(c);
      case 8 -> c == '/' ? "\\" : String.valueOf(c);
      case 9 -> c == '/' ? "/;/" : String.valueOf(c);
      case 10 -> c == '/' ? "%5c" : String.valueOf(c);
      default -> String.valueOf(c);
    };
  }
}
