package dev.tallygate.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Replacements of byte ranges in the key file. Everything outside them is copied as it is, which is
 * how unknown members, their order, numbers as written and the layout survive. Confined to one
 * write.
 */
final class Splice {
  private record Patch(Span span, String text) {}

  private final FileChannel source;
  private final List<Patch> patches = new ArrayList<>();

  Splice(FileChannel source) {
    this.source = source;
  }

  /** Puts {@code text} where {@code span} is now; ranges must not overlap. */
  void replace(Span span, String text) {
    patches.add(new Patch(span, text));
  }

  /** Inserts {@code text} before the byte {@code at}; insertions at one place keep their order. */
  void insert(long at, String text) {
    replace(new Span(at, at), text);
  }

  boolean isEmpty() {
    return patches.isEmpty();
  }

  /** The source's own text in a range. */
  String text(long from, long to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(to - from));
    while (buffer.hasRemaining() && source.read(buffer, from + buffer.position()) >= 0) {
      // a short end shows in the checksum
    }
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
  }

  String text(Span span) throws IOException {
    return text(span.from(), span.to());
  }

  /** Sums of what was read and of what was written. */
  record Sums(int source, int target) {}

  /** Copies the source with all replacements made. */
  Sums copyTo(FileChannel target) throws IOException {
    patches.sort(Comparator.comparingLong(patch -> patch.span().from()));
    CRC32C written = new CRC32C();
    ChecksummedInput in = new ChecksummedInput(source);
    byte[] chunk = new byte[1 << 16];
    long at = 0;
    for (Patch patch : patches) {
      at = pass(in, at, patch.span().from(), chunk, target, written);
      at = pass(in, at, patch.span().to(), chunk, null, written);
      byte[] text = patch.text().getBytes(StandardCharsets.UTF_8);
      put(target, text, text.length, written);
    }
    pass(in, at, Long.MAX_VALUE, chunk, target, written);
    return new Sums(in.checksum(), (int) written.getValue());
  }

  /** Writes a whole text. */
  static void writeFully(FileChannel target, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    put(target, bytes, bytes.length, new CRC32C());
  }

  private static long pass(
      ChecksummedInput in,
      long from,
      long to,
      byte[] chunk,
      @Nullable FileChannel target,
      CRC32C written)
      throws IOException {
    long at = from;
    while (at < to) {
      int n = in.read(chunk, 0, (int) Math.min(chunk.length, to - at));
      if (n < 0) {
        break;
      }
      at += n;
      if (target != null) {
        put(target, chunk, n, written);
      }
    }
    return at;
  }

  private static void put(FileChannel target, byte[] bytes, int length, CRC32C written)
      throws IOException {
    written.update(bytes, 0, length);
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
    while (buffer.hasRemaining()) {
      target.write(buffer);
    }
  }
}
