package dev.tallygate.proxy;

import io.netty.buffer.ByteBuf;
import java.util.List;

/** Lets a benchmark edit a body as an exchange does, without there being one. */
public final class BodyEdits {
  private BodyEdits() {}

  /** The edited body; takes ownership of {@code body}. */
  public static ByteBuf applied(ByteBuf body, List<Splice> edits) {
    return SplicedBody.of(body, edits);
  }
}
