package dev.tallygate.usage;

import dev.tallygate.model.TokenUsage;

/**
 * The usage of one finished call.
 *
 * @param keyId the key's id
 * @param model the model the call was made with; empty where the call names none
 * @param epochMillis when the call ended
 * @param usage the tokens
 * @param estimatedTokens how many of the tokens the upstream never told and the gateway estimated
 */
public record UsageRecord(
    String keyId, String model, long epochMillis, TokenUsage usage, long estimatedTokens) {}
