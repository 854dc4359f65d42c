package dev.tallygate.store.ledger;

import dev.tallygate.model.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the ledger commits, and the log of when it did not. Written by its thread, read by all.
 *
 * <p>A disk that is nearly full lets a commit through now and then: the same trouble is told once
 * in a while, and its end only if it was told.
 */
final class LedgerHealth {
  private static final Logger log = LoggerFactory.getLogger(LedgerHealth.class);

  private static final long STALLED_NANOS = Duration.ofSeconds(3).toNanos();
  private static final long TOLD_AGAIN_NANOS = Duration.ofSeconds(30).toNanos();

  private final Ticker ticker;
  private volatile @Nullable LedgerFault fault;
  // Since when the database has been at work; null while it is not.
  private volatile @Nullable Long busySince;

  // Confined to the ledger's thread, from here to the end.
  private @Nullable LedgerFault told;
  private long toldAt;
  private boolean endToBeTold;

  LedgerHealth(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Why nothing is being committed, or null. */
  @Nullable LedgerFault fault() {
    LedgerFault known = fault;
    if (known != null) {
      return known;
    }
    Long since = busySince;
    return since != null && ticker.nanos() - since > STALLED_NANOS ? LedgerFault.STALLED : null;
  }

  /** The database gets to work. */
  void busy() {
    busySince = ticker.nanos();
  }

  /** It has done its work, well or not. */
  void idle() {
    busySince = null;
  }

  void failed(Exception e) {
    LedgerFault now = LedgerFault.of(e).after(fault);
    fault = now;
    long nanos = ticker.nanos();
    boolean news = told == null || told.code() != now.code();
    if (news || (!endToBeTold && nanos - toldAt >= TOLD_AGAIN_NANOS)) {
      told = now;
      toldAt = nanos;
      endToBeTold = true;
      log.error(
          "usage cannot be recorded: {} ({}); no call is served until it can",
          now.reason(),
          now.detail());
    }
  }

  void recovered() {
    if (fault == null) {
      return;
    }
    fault = null;
    if (endToBeTold) {
      endToBeTold = false;
      log.info("usage is recorded again; nothing is missing");
    }
  }

  /** Nobody will write any more. */
  void ended(Throwable cause) {
    fault = LedgerFault.ENDED;
    log.error("the usage ledger has failed for good; restart the gateway", cause);
  }
}
