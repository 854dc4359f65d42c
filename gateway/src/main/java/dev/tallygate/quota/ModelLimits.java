package dev.tallygate.quota;

/** Stub. */
public record ModelLimits(long contextTokens, long maxOutputTokens, long mediaTokens) {}
