package dev.tallygate.benchmarks.harness;

/**
 * A whole response.
 *
 * @param text its body
 */
public record Answer(int status, String text) {}
