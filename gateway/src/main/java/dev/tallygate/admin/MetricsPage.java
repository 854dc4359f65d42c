package dev.tallygate.admin;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What {@code GET /metrics} answers. Called on virtual threads, several at a time perhaps. */
@FunctionalInterface
public interface MetricsPage {

  /** A page in one of the formats that were asked for. */
  record Rendered(String contentType, ByteBuffer body) {}

  /**
   * The metrics as they are now.
   *
   * @param accept the request's {@code Accept} header, empty when there was none
   */
  Rendered render(String accept) throws IOException;
}
