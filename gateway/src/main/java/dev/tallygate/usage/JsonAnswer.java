package dev.tallygate.usage;

import dev.tallygate.model.ApiFormat;
import java.nio.ByteBuffer;

/** Reads the usage of an answer that is one JSON document. */
final class JsonAnswer extends UsageExtractor {
  private final JsonScanner json;

  JsonAnswer(ApiFormat format) {
    super(new UsageTally(format));
    json = new JsonScanner(UsagePaths.answer(format), tally);
  }

  @Override
  public ByteBuffer read(ByteBuffer part) {
    if (!json.complete() && !json.broken()) {
      scan(part);
    }
    return part;
  }

  @Override
  public ByteBuffer finish() {
    return EMPTY;
  }

  @Override
  public int endingBytes() {
    return 0;
  }

  @Override
  public boolean failed() {
    return false;
  }

  @Override
  public boolean isStream() {
    return false;
  }

  @Override
  public long outputBytes() {
    return json.textBytes();
  }

  @Override
  void scan(byte[] bytes, int from, int to, int shift) {
    json.scan(bytes, from, to);
  }
}
