package dev.tallygate.store;

import dev.tallygate.model.ApiKey;
import org.jspecify.annotations.Nullable;

/**
 * One element of the file's list of keys: what it says and where each part of it lies, in bytes
 * from the start of the file.
 *
 * @param position place in the list, from 1
 * @param label id or name, for messages
 * @param key the definition, null when the entry is refused
 * @param refusal why it is refused, null when it is not
 * @param span the whole object, braces included
 * @param firstMember where the first member's name begins
 * @param membersEnd where the last member's value ends
 * @param hasId whether the id is written in the entry or only derived
 * @param usage what the gateway-owned members say
 * @param lastUsed value of {@code last_used}, null when absent; so are the next two
 */
record KeyEntry(
    int position,
    String label,
    @Nullable ApiKey key,
    @Nullable String refusal,
    Span span,
    long firstMember,
    long membersEnd,
    boolean hasId,
    KeyUsage usage,
    @Nullable Span lastUsed,
    @Nullable Span lifetimeTokens,
    @Nullable Span windows) {}
