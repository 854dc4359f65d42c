package dev.tallygate.store.ledger;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a key has used since it exists.
 *
 * @param tokens all of them, those that its entry brought along included
 * @param lastUsed end of the latest call that used any, or null
 */
public record Account(long tokens, @Nullable Instant lastUsed) {
  /** Never used. */
  public static final Account UNUSED = new Account(0, null);
}
