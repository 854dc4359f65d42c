package dev.tallygate.upstream;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An error as Z.AI tells it on both of its APIs: {@code {"error":{"code":"1308","message":…}}}, the
 * code a string, in places only at the head of the message as {@code [1308][…]}. The codes are
 * those of {@code docs.z.ai/api-reference/api-code}. Others have codes of their own, so an upstream
 * that is not known for Z.AI's is taken for a way to it only where the shape is exactly this.
 * Immutable.
 *
 * @param code 4 digits
 * @param message as it came
 */
public record ZaiError(int code, String message) {
  /** Times in messages are the provider's own. */
  private static final ZoneOffset BEIJING = ZoneOffset.ofHours(8);

  private static final Pattern CODE = Pattern.compile("1\\d{3}");
  private static final Pattern CODE_IN_MESSAGE = Pattern.compile("^\\[(1\\d{3})]\\[");
  private static final Pattern TIME =
      Pattern.compile(
          "(\\d{4}-\\d{2}-\\d{2})[ T](\\d{2}:\\d{2}:\\d{2})(?:\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})?");

  /** What an error means for the gateway. */
  public enum Meaning {
    /** Too much at once, or too busy: a moment later it may be well. */
    BUSY,
    /** The account's own quota is used up for a while. */
    ACCOUNT_SPENT,
    /** That of a part of the account's plan, such as a model, is. */
    PART_SPENT,
    /** The account is not served: credential, balance, plan, fair use. */
    ACCOUNT_REFUSED,
    /** The call's own business. */
    OTHER
  }

  /**
   * Reads a body; null when it is none of Z.AI's errors.
   *
   * @param known whether the upstream is known for Z.AI's
   */
  public static @Nullable ZaiError parse(byte[] body, boolean known) {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(body);
    } catch (JacksonException e) {
      return null;
    }
    JsonNode error = root.path("error");
    String message = error.path("message").asString("");
    JsonNode code = error.path("code");
    Matcher head = CODE_IN_MESSAGE.matcher(message);
    if (head.find()) {
      return new ZaiError(Integer.parseInt(head.group(1)), message);
    }
    boolean meant =
        known
            ? code.isString() || code.isIntegralNumber()
            : code.isString() && error.size() == 2 && error.path("message").isString();
    String digits = meant ? code.asString() : "";
    return CODE.matcher(digits).matches() ? new ZaiError(Integer.parseInt(digits), message) : null;
  }

  /** What it means. */
  public Meaning meaning() {
    return switch (code) {
      case 1302, 1303, 1305, 1312 -> Meaning.BUSY;
      case 1304, 1308, 1310 -> Meaning.ACCOUNT_SPENT;
      case 1316, 1317, 1318, 1319, 1320, 1321 -> Meaning.PART_SPENT;
      case 1000, 1001, 1002, 1003, 1004, 1110, 1111, 1112, 1113, 1121, 1309, 1313 ->
          Meaning.ACCOUNT_REFUSED;
      default -> Meaning.OTHER;
    };
  }

  /** Whether it is about the credential itself, whatever it was used for. */
  public boolean isOfCredential() {
    return code >= 1000 && code <= 1004;
  }

  /** When the quota it speaks of is there again, or null where it does not say. */
  public @Nullable Instant resetAt() {
    Matcher time = TIME.matcher(message);
    if (!time.find()) {
      return null;
    }
    try {
      String local = time.group(1) + "T" + time.group(2);
      return time.group(3) == null
          ? LocalDateTime.parse(local).toInstant(BEIJING)
          : OffsetDateTime.parse(local + time.group(3)).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }
}
