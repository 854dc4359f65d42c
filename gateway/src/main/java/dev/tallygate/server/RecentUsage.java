package dev.tallygate.server;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a key has used lately, by model, for an event loop that must not wait for the ledger. An
 * answer serves whoever asks about the same key within five seconds. Never fails: what cannot be
 * told within two seconds is left out, and asked for again by the next one. Thread-safe.
 */
public final class RecentUsage {
  /** How long an answer is worth waiting for. */
  public static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(RecentUsage.class);
  // Half of what the holder's page lets pass between two questions.
  private static final Duration KEPT = Duration.ofSeconds(5);
  private static final int MOST_KEPT = 1_000;

  private final Source source;
  private final Executor executor;
  private final AsyncCache<String, Optional<List<ModelUsage>>> answers;

  /** Where the figures are. */
  @FunctionalInterface
  public interface Source {
    /**
     * A key's use of the last 24 hours, the most used model first. May block; however many ask, it
     * must leave the calls that are being served most of the machine.
     *
     * @throws IOException when the ledger cannot be read
     */
    List<ModelUsage> byModel(String keyId) throws IOException;
  }

  /**
   * @param executor runs what blocks
   */
  public RecentUsage(Source source, Executor executor, Ticker ticker) {
    this.source = source;
    this.executor = executor;
    Expiry<String, Optional<List<ModelUsage>>> kept =
        Expiry.creating((key, answer) -> answer.isEmpty() ? Duration.ZERO : KEPT);
    this.answers =
        Caffeine.newBuilder()
            .maximumSize(MOST_KEPT)
            .expireAfter(kept)
            .ticker(ticker::nanos)
            .executor(Runnable::run)
            .buildAsync();
  }

  /** Completes on any thread; empty when the ledger does not tell. */
  CompletableFuture<Optional<List<ModelUsage>>> of(String keyId) {
    return answers
        .get(keyId, (key, _) -> reading(key))
        .copy()
        .completeOnTimeout(Optional.empty(), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private CompletableFuture<Optional<List<ModelUsage>>> reading(String keyId) {
    return CompletableFuture.supplyAsync(() -> Optional.of(read(keyId)), executor)
        .exceptionally(trouble -> {
          LOG.debug("usage by model cannot be told", trouble);
          return Optional.empty();
        });
  }

  private List<ModelUsage> read(String keyId) {
    try {
      return source.byModel(keyId);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
