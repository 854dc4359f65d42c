package dev.tallygate.server;

/**
 * What a key has used of a model.
 *
 * @param model its name; empty for calls that named none
 * @param requests calls
 * @param input tokens, cached ones included
 * @param output tokens
 */
public record ModelUsage(String model, long requests, long input, long output) {}
