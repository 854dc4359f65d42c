package dev.tallygate.usage;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one group of a report used, in tokens.
 *
 * @param groups for each of the report's groupings a key's id, a model, or the start of a time in
 *     UTC (RFC 3339)
 * @param requests calls
 * @param input cached ones included
 * @param cacheRead the part of input that came from the upstream's cache
 * @param cacheWritten the part of input that went into it
 * @param output what the model wrote
 * @param estimated the part of input and output that the upstream never told
 * @param lastUsed end of the latest call; null when there was none
 */
public record UsageRow(
    List<String> groups,
    long requests,
    long input,
    long cacheRead,
    long cacheWritten,
    long output,
    long estimated,
    @Nullable Instant lastUsed) {
  /** Copies the list. */
  public UsageRow {
    groups = List.copyOf(groups);
  }

  /** The only group where there is one, else the first. */
  public String group() {
    return groups.getFirst();
  }

  /** What counts: input and output. */
  public long total() {
    return input + output;
  }

  UsageRow plus(UsageRow other) {
    return new UsageRow(
        groups,
        requests + other.requests,
        input + other.input,
        cacheRead + other.cacheRead,
        cacheWritten + other.cacheWritten,
        output + other.output,
        estimated + other.estimated,
        later(lastUsed, other.lastUsed));
  }

  private static @Nullable Instant later(@Nullable Instant a, @Nullable Instant b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.isBefore(b) ? b : a;
  }
}
