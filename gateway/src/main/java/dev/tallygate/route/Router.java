package dev.tallygate.route;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.route.Route.NoRoute;
import dev.tallygate.route.Route.NoRoute.Reason;
import dev.tallygate.route.Route.Routed;
import java.util.List;
import java.util.Locale;

/**
 * Maps a request's method and target to an upstream. Stateless.
 *
 * <p>A path is matched as an upstream may come to read it (percent-decoded, {@code \} as {@code /},
 * repeated and trailing slashes dropped, path parameters cut off, case ignored below {@code /v1}
 * where a body rule is at stake), so that no spelling of {@code chat/completions} gets past the
 * model choice; what is sent on is what the client wrote. The prefix {@code /v1/} itself must be
 * written out.
 */
public final class Router {
  private static final String PREFIX = "/v1";
  private static final List<String> ANY = List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD");
  private static final List<String> POST_ONLY = List.of("POST");
  // Stored completions are listed with GET on the same path.
  private static final List<String> POST_OR_LIST = List.of("POST", "GET", "HEAD");

  private static final NoRoute NOT_FOUND = new NoRoute(Reason.NOT_FOUND, List.of());
  private static final NoRoute ASYNCHRONOUS = new NoRoute(Reason.ASYNCHRONOUS, List.of());
  private static final NoRoute BAD_PATH = new NoRoute(Reason.BAD_PATH, List.of());

  /**
   * Routes one call.
   *
   * @param method as on the request line; methods are case-sensitive
   * @param rawTarget the request target as it came, in origin or absolute form
   */
  public Route route(String method, String rawTarget) {
    String target = originForm(rawTarget);
    String rawPath = path(target);
    if (!rawPath.startsWith("/")) {
      return NOT_FOUND;
    }
    String path = decoded(rawPath);
    if (hasUnprintable(target) || hasDotSegment(path)) {
      return BAD_PATH;
    }
    if (!rawPath.startsWith(PREFIX + "/")) {
      return NOT_FOUND;
    }
    String endpoint = endpoint(path);
    if (endpoint.isEmpty()) {
      return NOT_FOUND;
    }
    if (!allowed(endpoint).contains(method)) {
      return new NoRoute(Reason.METHOD_NOT_ALLOWED, allowed(endpoint));
    }
    if (method.equals("POST") && isAsynchronous(endpoint)) {
      return ASYNCHRONOUS;
    }
    BodyUse bodyUse = method.equals("POST") ? bodyUse(endpoint) : BodyUse.OTHER;
    RouteName name = RouteName.ofEndpoint(endpoint);
    return endpoint.equals("messages") || endpoint.startsWith("messages/")
        ? new Routed(name, ApiFormat.ANTHROPIC, target, bodyUse, tokens(method, endpoint))
        : new Routed(
            name,
            ApiFormat.OPENAI,
            target.substring(PREFIX.length()),
            bodyUse,
            tokens(method, endpoint));
  }

  private static TokenUse tokens(String method, String endpoint) {
    boolean sends = method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
    if (!sends) {
      return TokenUse.NONE;
    }
    return switch (endpoint) {
      case "messages/count_tokens", "responses/input_tokens" -> TokenUse.NONE;
      case "embeddings" -> TokenUse.INPUT;
      case "messages", "completions" -> TokenUse.MAX_TOKENS;
      case "chat/completions" -> TokenUse.MAX_COMPLETION_TOKENS;
      case "responses" -> TokenUse.MAX_OUTPUT_TOKENS;
      default ->
          endpoint.endsWith("/cancel") || isStorage(endpoint) ? TokenUse.NONE : TokenUse.UNKNOWN;
    };
  }

  /** What is kept upstream and costs no tokens to keep. */
  private static boolean isStorage(String endpoint) {
    int slash = endpoint.indexOf('/');
    return switch (slash < 0 ? endpoint : endpoint.substring(0, slash)) {
      case "files", "uploads", "models", "moderations", "vector_stores", "conversations" -> true;
      default -> false;
    };
  }

  /** What only begins work whose usage nobody would see pass. */
  private static boolean isAsynchronous(String endpoint) {
    return endpoint.equals("batches")
        || endpoint.equals("messages/batches")
        || endpoint.startsWith("async/");
  }

  private static List<String> allowed(String endpoint) {
    return switch (endpoint) {
      case "chat/completions" -> POST_OR_LIST;
      case "completions", "responses", "messages", "messages/count_tokens" -> POST_ONLY;
      default -> ANY;
    };
  }

  private static BodyUse bodyUse(String endpoint) {
    return switch (endpoint) {
      case "chat/completions", "completions" -> BodyUse.MODEL_AND_STREAM_OPTIONS_SPLICED;
      case "responses", "messages", "messages/count_tokens" -> BodyUse.MODEL_SPLICED;
      default -> BodyUse.OTHER;
    };
  }

  /** The path of a request target, undecoded and without the query. */
  public static String path(String rawTarget) {
    String target = originForm(rawTarget);
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  // RFC 9112, 3.2.2: a server takes the absolute form, too; its authority is ours to ignore.
  private static String originForm(String target) {
    int authority =
        target.regionMatches(true, 0, "http://", 0, 7)
            ? 7
            : target.regionMatches(true, 0, "https://", 0, 8) ? 8 : 0;
    if (authority == 0) {
      return target;
    }
    int path = authority;
    while (path < target.length() && "/?".indexOf(target.charAt(path)) < 0) {
      path++;
    }
    return path < target.length() && target.charAt(path) == '/'
        ? target.substring(path)
        : "/" + target.substring(path);
  }

  private static boolean hasUnprintable(String target) {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c == 0x7f) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasDotSegment(String path) {
    int start = 0;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      // Servlet containers cut parameters off first, and read "..;" as "..".
      int parameters = path.indexOf(';', start, end);
      int length = (parameters < 0 ? end : parameters) - start;
      if ((length == 1 || length == 2) && path.startsWith("..".substring(0, length), start)) {
        return true;
      }
      start = end + 1;
    }
    return false;
  }

  /** The path below {@code /v1/} in the one spelling that is compared. */
  private static String endpoint(String path) {
    String below = path.substring(PREFIX.length() + 1);
    if (isPlain(below)) {
      return below;
    }
    StringBuilder plain = new StringBuilder(below.length());
    for (String segment : below.split("/", -1)) {
      int parameters = segment.indexOf(';');
      String name = parameters < 0 ? segment : segment.substring(0, parameters);
      if (!name.isEmpty()) {
        plain.append(plain.isEmpty() ? "" : "/").append(name.toLowerCase(Locale.ROOT));
      }
    }
    return plain.toString();
  }

  private static boolean isPlain(String path) {
    char before = '/';
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == ';' || (c >= 'A' && c <= 'Z') || (c == '/' && before == '/')) {
        return false;
      }
      before = c;
    }
    return path.isEmpty() || before != '/';
  }

  /** Each {@code %XX} decoded once, {@code \} as {@code /}; what is no escape stays as it is. */
  private static String decoded(String path) {
    if (path.indexOf('%') < 0 && path.indexOf('\\') < 0) {
      return path;
    }
    StringBuilder text = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%' && i + 2 < path.length()) {
        int high = Character.digit(path.charAt(i + 1), 16);
        int low = Character.digit(path.charAt(i + 2), 16);
        if (high >= 0 && low >= 0) {
          c = (char) (high * 16 + low);
          i += 2;
        }
      }
      text.append(c == '\\' ? '/' : c);
    }
    return text.toString();
  }
}
