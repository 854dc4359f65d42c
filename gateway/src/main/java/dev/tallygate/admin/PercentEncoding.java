package dev.tallygate.admin;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Tells URLs that mean one thing from those that decoders guess at. Stateless. */
final class PercentEncoding {
  private PercentEncoding() {}

  /** Whether it is ASCII, every {@code %} begins a byte, and the bytes are UTF-8. */
  static boolean isSound(String url) {
    ByteBuffer bytes = ByteBuffer.allocate(url.length());
    for (int i = 0; i < url.length(); i++) {
      char c = url.charAt(i);
      if (c == '%') {
        int high = i + 2 < url.length() ? Character.digit(url.charAt(i + 1), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(url.charAt(i + 2), 16);
        if (low < 0) {
          return false;
        }
        bytes.put((byte) ((high << 4) | low));
        i += 2;
      } else if (c < 0x80) {
        bytes.put((byte) c);
      } else {
        return false;
      }
    }
    try {
      var _ = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
