package dev.tallygate.model;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The text form of a gateway key: how new ones are made, how mistyped ones are told apart, and how
 * any secret is shown to people.
 *
 * <p>A made key is {@code tg_}, 30 random base62 characters (178 bits) and the CRC32 of all that in
 * 6 base62 characters, most significant first. The checksum is no protection; it only saves a
 * look-up for a key that was cut off or mistyped.
 */
public final class GatewaySecret {
  /** What every key made by the gateway starts with. */
  public static final String PREFIX = "tg_";

  private static final String BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int RANDOM_CHARS = 30;
  private static final int CHECKSUM_CHARS = 6;
  private static final int CHECKSUM_AT = PREFIX.length() + RANDOM_CHARS;
  private static final int LENGTH = CHECKSUM_AT + CHECKSUM_CHARS;

  /** So much of one is no word of anybody's; what was cut off or mistyped is meant too. */
  private static final Pattern LOOK = Pattern.compile(PREFIX + "[0-9A-Za-z]{24}");

  private static final int SHOWN_FIRST = 8;
  private static final int SHOWN_LAST = 4;
  private static final int SHORT = SHOWN_FIRST + SHOWN_LAST + 1;

  private GatewaySecret() {}

  /** Makes a new key. */
  public static String generate(SecureRandom random) {
    StringBuilder text = new StringBuilder(LENGTH).append(PREFIX);
    for (int i = 0; i < RANDOM_CHARS; i++) {
      text.append(BASE62.charAt(random.nextInt(BASE62.length())));
    }
    return text.append(checksum(text.toString())).toString();
  }

  /**
   * Whether {@code presented} claims to be a key made by the gateway and cannot be one: it starts
   * with {@code tg_} and its length, alphabet or checksum is wrong. Anything without the prefix is
   * a legacy key and never malformed.
   */
  public static boolean isMalformed(String presented) {
    if (!presented.startsWith(PREFIX)) {
      return false;
    }
    if (presented.length() != LENGTH) {
      return true;
    }
    for (int i = PREFIX.length(); i < LENGTH; i++) {
      if (!isBase62(presented.charAt(i))) {
        return true;
      }
    }
    return !presented.endsWith(checksum(presented.substring(0, CHECKSUM_AT)));
  }

  /** Whether a text has in it what looks like a key made by the gateway, or most of one. */
  public static boolean isIn(String text) {
    return LOOK.matcher(text).find();
  }

  /**
   * The secret as its holder recognises it: the first 8 characters, {@code …}, the last 4 ({@code
   * pk_user_…2345}). Of a secret too short to hide anything that way (under 13 characters) the
   * first third is shown.
   */
  public static String mask(String secret) {
    if (secret.length() < SHORT) {
      return printable(secret, secret.length() / 3) + "…";
    }
    return printable(secret, SHOWN_FIRST)
        + "…"
        + printable(secret.substring(secret.length() - SHOWN_LAST), SHOWN_LAST);
  }

  /**
   * The secret as log lines name it: its first 8 characters (of a short one the first third) and
   * {@code ...}.
   */
  public static String brief(String secret) {
    return printable(secret, secret.length() < SHORT ? secret.length() / 3 : SHOWN_FIRST) + "...";
  }

  // Whoever presents a secret chooses its characters; none of them may break a log line.
  private static String printable(String text, int length) {
    StringBuilder shown = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      shown.append(c > ' ' && c < 0x7f ? c : '?');
    }
    return shown.toString();
  }

  private static boolean isBase62(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }

  private static String checksum(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    long rest = crc.getValue();
    char[] digits = new char[CHECKSUM_CHARS];
    for (int i = CHECKSUM_CHARS - 1; i >= 0; i--) {
      digits[i] = BASE62.charAt((int) (rest % BASE62.length()));
      rest /= BASE62.length();
    }
    return new String(digits);
  }
}
