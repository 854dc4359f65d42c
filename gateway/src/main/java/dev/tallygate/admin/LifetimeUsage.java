package dev.tallygate.admin;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a key has used since it exists.
 *
 * @param tokens all of them
 * @param lastUsed end of the latest call that used any, or null
 */
public record LifetimeUsage(long tokens, @Nullable Instant lastUsed) {}
