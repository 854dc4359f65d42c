package dev.tallygate.keys;

/**
 * A mistake in one field.
 *
 * @param message what is wrong, without what was given: that may be a secret
 */
public record FieldError(String field, String message) {}
