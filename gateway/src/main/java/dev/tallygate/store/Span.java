package dev.tallygate.store;

/** A range of bytes in the key file: {@code from} inclusive, {@code to} exclusive. */
record Span(long from, long to) {}
