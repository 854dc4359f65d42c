package dev.tallygate.server;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a key has used since it exists.
 *
 * @param lastUsed when its last charged call ended, or null
 * @param lifetimeTokens all tokens ever charged
 */
public record KeyTotals(@Nullable Instant lastUsed, long lifetimeTokens) {}
