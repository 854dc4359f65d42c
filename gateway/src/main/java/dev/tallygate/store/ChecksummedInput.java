package dev.tallygate.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/** Reads an open file from its beginning and sums what was read. Leaves the file open. */
final class ChecksummedInput extends InputStream {
  private static final int CHUNK = 1 << 16;

  private final FileChannel channel;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).limit(0);
  private long position;

  ChecksummedInput(FileChannel channel) {
    this.channel = channel;
  }

  /** The sum of the whole file, read now. */
  static int checksum(FileChannel channel) throws IOException {
    ChecksummedInput in = new ChecksummedInput(channel);
    byte[] sink = new byte[CHUNK];
    while (in.read(sink, 0, sink.length) >= 0) {
      // the sum is what is wanted
    }
    return in.checksum();
  }

  /** CRC-32C of everything read so far. */
  int checksum() {
    return (int) crc.getValue();
  }

  /** Bytes read so far. */
  long length() {
    return position - chunk.remaining();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (!chunk.hasRemaining()) {
      chunk.clear();
      int n = channel.read(chunk, position);
      chunk.flip();
      if (n < 0) {
        return -1;
      }
      position += n;
    }
    int n = Math.min(length, chunk.remaining());
    chunk.get(target, offset, n);
    crc.update(target, offset, n);
    return n;
  }
}
