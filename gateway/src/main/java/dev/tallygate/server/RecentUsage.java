package dev.tallygate.server;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a key has used lately, by model, for an event loop that must not wait for the ledger. Never
 * fails: what cannot be told within two seconds is left out. Thread-safe.
 */
public final class RecentUsage {
  private static final Logger LOG = LoggerFactory.getLogger(RecentUsage.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  // However many ask, the calls that are being served keep most of the machine.
  private static final int AT_A_TIME = 2;

  private final Source source;
  private final Executor executor;
  private final Semaphore places = new Semaphore(AT_A_TIME);

  /** Where the figures are. */
  @FunctionalInterface
  public interface Source {
    /**
     * A key's use of the last 24 hours, the most used model first. May block.
     *
     * @throws IOException when the ledger cannot be read
     */
    List<ModelUsage> byModel(String keyId) throws IOException;
  }

  /**
   * @param executor runs what blocks
   */
  public RecentUsage(Source source, Executor executor) {
    this.source = source;
    this.executor = executor;
  }

  /** Completes on any thread; empty when the ledger does not tell. */
  CompletableFuture<Optional<List<ModelUsage>>> of(String keyId) {
    return CompletableFuture.supplyAsync(() -> read(keyId), executor)
        .exceptionally(trouble -> {
          LOG.debug("usage by model cannot be told", trouble);
          return Optional.empty();
        })
        .completeOnTimeout(Optional.empty(), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Optional<List<ModelUsage>> read(String keyId) {
    boolean mine = false;
    try {
      mine = places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return mine ? Optional.of(source.byModel(keyId)) : Optional.empty();
    } catch (IOException e) {
      LOG.debug("usage by model cannot be read: {}", e.getMessage());
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      if (mine) {
        places.release();
      }
    }
  }
}
