package dev.tallygate.benchmarks.trial;

/**
 * A whole response.
 *
 * @param text its body
 */
public record Answer(int status, String text) {}
