package dev.tallygate.app;

import dev.tallygate.server.Health;
import dev.tallygate.store.FileKeyStore;
import dev.tallygate.store.StoreHealth;
import dev.tallygate.store.ledger.SqliteLedger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Whether the gateway serves, and what is wrong where something is. */
record GatewayHealth(
    FileKeyStore store, SqliteLedger ledger, ReservationAudit audit, Upstreams upstreams)
    implements Supplier<Health> {

  @Override
  public Health get() {
    List<String> reasons = new ArrayList<>();
    Health.State state =
        switch (store.health()) {
          case StoreHealth.Ready _ -> Health.State.OK;
          case StoreHealth.Degraded degraded -> {
            reasons.add(degraded.reason());
            yield Health.State.DEGRADED;
          }
          case StoreHealth.NotReady notReady -> {
            reasons.add(notReady.reason());
            yield Health.State.NOT_READY;
          }
        };
    String trouble = ledger.troubleDetail();
    if (trouble != null) {
      reasons.add(trouble);
      state = Health.State.NOT_READY;
    }
    if (!store.problems().isEmpty()) {
      reasons.add(
          store.problems().size() + " entries of the key file are refused; the log names them");
    }
    if (audit.difference() != 0) {
      reasons.add(
          audit.difference()
              + " tokens are reserved for no running call: a bug; a restart gives them back");
    }
    reasons.addAll(upstreams.troubles());
    boolean degraded = state == Health.State.OK && !reasons.isEmpty();
    return new Health(degraded ? Health.State.DEGRADED : state, reasons);
  }
}
