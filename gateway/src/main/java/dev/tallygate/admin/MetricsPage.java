package dev.tallygate.admin;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What {@code GET /metrics} answers. Called on virtual threads, several at a time perhaps. */
@FunctionalInterface
public interface MetricsPage {

  /**
   * A page in one of the formats that were asked for.
   *
   * @param contentEncoding such as {@code gzip}, or empty
   */
  record Rendered(String contentType, String contentEncoding, ByteBuffer body) {}

  /**
   * The metrics as they are now.
   *
   * @param accept the request's {@code Accept} header, empty when there was none
   * @param acceptEncoding the same of {@code Accept-Encoding}
   */
  Rendered render(String accept, String acceptEncoding) throws IOException;
}
