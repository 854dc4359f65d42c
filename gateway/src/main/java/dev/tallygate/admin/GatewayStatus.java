package dev.tallygate.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the gateway is.
 *
 * @param status {@code ok}, {@code degraded} or {@code not_ready}
 * @param reasons why it is not ok; empty when it is
 * @param openCalls calls that are running
 * @param openReservations those of them that hold tokens
 * @param reservedTokens what they hold
 * @param refusedEntries entries of the key file that are refused, in its order
 * @param ledgerTrouble why usage cannot be recorded, or null
 */
public record GatewayStatus(
    String status,
    List<String> reasons,
    String version,
    String transport,
    Instant startedAt,
    int openCalls,
    long openReservations,
    long reservedTokens,
    List<RefusedEntry> refusedEntries,
    @Nullable String ledgerTrouble) {
  /** Copies the lists. */
  public GatewayStatus {
    reasons = List.copyOf(reasons);
    refusedEntries = List.copyOf(refusedEntries);
  }

  /**
   * An entry of the key file that is not in force.
   *
   * @param position its place in the file, from 1
   * @param label its id or name, empty where it has neither
   */
  public record RefusedEntry(int position, String label, String reason) {}
}
