package dev.tallygate.quota;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the next call of a key finds: the part of a {@link QuotaView} that every answer tells.
 *
 * @param limit tokens in 5 hours
 * @param available what the next call finds of them if no other ends before; never negative
 * @param reset how long until nothing that is used now counts any more, what is reserved taken for
 *     used; zero when there is neither
 * @param requests the same for requests, or null where the key has no limit on them
 */
public record Headroom(
    long limit, long available, Duration reset, QuotaView.@Nullable Requests requests) {}
