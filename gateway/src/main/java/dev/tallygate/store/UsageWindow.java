package dev.tallygate.store;

import java.time.Instant;

/** Tokens used in the 5 minutes from {@code start}; an imported window may be of any length. */
public record UsageWindow(Instant start, long tokens) {}
