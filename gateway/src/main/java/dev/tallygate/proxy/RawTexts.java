package dev.tallygate.proxy;

import java.nio.charset.StandardCharsets;

/**
 * Looks at how texts in a JSON body begin, where they are. A parser would copy the whole of a text
 * to tell, and one may be a film. Texts go by the index of their opening quote, counted from the
 * body's first byte. The body need not be valid. Immutable.
 */
final class RawTexts {
  // How far into a text without a type it is looked whether it can be base64.
  private static final int BASE64_PROBE_BYTES = 16;

  private static final byte[] DATA_URL = ascii("data:");
  private static final byte[] IMAGE = ascii("image/");
  private static final byte[][] MEDIA_TYPES = {
    IMAGE, ascii("application/pdf"), ascii("audio/"), ascii("video/")
  };

  private final byte[] bytes;
  private final int offset;
  private final int end;

  /** The texts of the body that begins at {@code offset}. */
  RawTexts(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = offset + length;
  }

  /** Whether it is this text, in ASCII. */
  boolean is(int quote, byte[] expected) {
    int after = after(offset + quote + 1, expected);
    return after >= 0 && after < end && bytes[after] == '"';
  }

  /** Whether it begins with one of these texts, in ASCII. */
  boolean beginsWithAny(int quote, byte[][] expected) {
    return isAnyAt(offset + quote + 1, expected);
  }

  /** Whether it is a media type whose data is no text. */
  boolean isMediaType(int quote) {
    return isAnyAt(offset + quote + 1, MEDIA_TYPES);
  }

  /** Whether it is the media type of an image. */
  boolean isImageType(int quote) {
    return after(offset + quote + 1, IMAGE) >= 0;
  }

  /** Whether it is a {@code data:} URL of an image. */
  boolean isImageUrl(int quote) {
    int type = after(offset + quote + 1, DATA_URL);
    return type >= 0 && after(type, IMAGE) >= 0;
  }

  /** Whether it is a {@code data:} URL of such a type. */
  boolean isMediaUrl(int quote) {
    int type = after(offset + quote + 1, DATA_URL);
    return type >= 0 && isAnyAt(type, MEDIA_TYPES);
  }

  /** Whether it begins as base64 without a media type does; no address does. */
  boolean mayBeBase64(int quote) {
    int first = offset + quote + 1;
    for (int i = first; i < Math.min(end, first + BASE64_PROBE_BYTES); i++) {
      byte b = bytes[i];
      if (b == '"') {
        return true;
      }
      boolean letter = (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9');
      boolean escapedSlash = b == '\\' && i + 1 < end && bytes[i + 1] == '/';
      if (!letter && !escapedSlash && "+/=-_".indexOf(b) < 0) {
        return false;
      }
    }
    return true;
  }

  private boolean isAnyAt(int at, byte[][] expected) {
    for (byte[] one : expected) {
      if (after(at, one) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** The index after these letters, however they are escaped; -1 when others are there. */
  private int after(int at, byte[] letters) {
    int i = at;
    for (byte letter : letters) {
      if (i < end && bytes[i] == letter) {
        i++;
      } else if (letter == '/' && i + 1 < end && bytes[i] == '\\' && bytes[i + 1] == '/') {
        i += 2;
      } else if (i + 5 < end && bytes[i] == '\\' && bytes[i + 1] == 'u' && hex(i + 2) == letter) {
        i += 6;
      } else {
        return -1;
      }
    }
    return i;
  }

  private int hex(int at) {
    int number = 0;
    for (int i = at; i < at + 4; i++) {
      number = number << 4 | Character.digit(bytes[i], 16);
    }
    return number;
  }

  /** A text to compare with. */
  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
