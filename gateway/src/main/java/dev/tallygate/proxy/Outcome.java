package dev.tallygate.proxy;

/** How an exchange ended; the word is what the access log shows. */
public enum Outcome {
  /** The upstream's answer reached the client whole. */
  RELAYED,
  /** The gateway answered itself: an endpoint of its own or a refusal. */
  ANSWERED,
  /** The client went away, or stopped reading, before its answer was complete. */
  CLIENT_GONE,
  /** The upstream's answer broke off after its first byte had been passed on. */
  UPSTREAM_BROKEN,
  /** The answer was cut before its last bytes: its usage could not be recorded in time. */
  UNRECORDED
}
