package dev.tallygate.proxy;

import org.jspecify.annotations.Nullable;

/** A call's place in a distributed trace (W3C Trace Context). Confined to the call's event loop. */
public interface CallTrace {
  /** The trace that the call is part of: 32 hexadecimal digits. */
  String traceId();

  /** What the upstream is told of it, in place of what the client said. */
  String traceParent();

  /** What goes along with that, or null. */
  @Nullable String traceState();
}
