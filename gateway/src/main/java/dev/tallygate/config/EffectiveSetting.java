package dev.tallygate.config;

/**
 * A setting as it is in force, for people: secrets are masked.
 *
 * @param name the environment variable's name
 * @param value the value, or {@code (not set)}
 * @param origin where the value came from: {@code default}, {@code environment}, {@code .env line
 *     3}, {@code flag}
 */
public record EffectiveSetting(String name, String value, String origin) {}
