package dev.tallygate.usage;

import dev.tallygate.model.TokenUsage;

/**
 * The usage of one finished call.
 *
 * @param keyId the key's id
 * @param model the model the call was made with; empty where the call names none
 * @param epochMillis when the call ended
 * @param usage the tokens
 * @param estimated whether the upstream never said and the tokens are the gateway's estimate
 */
public record UsageRecord(
    String keyId, String model, long epochMillis, TokenUsage usage, boolean estimated) {}
