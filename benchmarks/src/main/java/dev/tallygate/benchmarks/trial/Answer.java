package dev.tallygate.benchmarks.acceptance;

/**
 * A whole response.
 *
 * @param text its body
 */
record Answer(int status, String text) {}
