package dev.tallygate.quota;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.quota.Admission.Admitted;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * One key's reservations under threads that admit, settle and release at once: whatever they see
 * must be what they would see one after the other. There no reservation is lost or ended twice, and
 * a strict limit is never exceeded.
 */
@Param(name = "reservation", gen = IntGen.class, conf = "0:1")
public class ReservationLincheckTest {
  private static final Call CALL = Calls.upTo(0, 299);

  private final QuotaEnforcer enforcer =
      new QuotaEnforcer(
          new FakeTicker(), (since, sink) -> {}, new ModelLimits(1_000, 1_000, 1_000), id -> {});
  private final ApiKey key =
      ApiKeys.with("pk_a").tokenLimit(1_000).maxConcurrent(4).strict().make();
  private final List<Reservation> open = List.of(admitted(), admitted());

  private Reservation admitted() {
    return ((Admitted) enforcer.admit(key, CALL)).reservation();
  }

  /** Two run already: there is room for one more, and for others when those end. */
  @Operation
  public String admit() {
    return switch (enforcer.admit(key, CALL)) {
      case Admitted admitted -> "admitted with " + admitted.reservation().tokens();
      case Admission.Rejected rejected ->
          rejected.limit() + " " + rejected.tokensUsed() + "+" + rejected.tokensReserved();
      case Admission.NeverFits _ -> throw new IllegalStateException();
    };
  }

  @Operation
  public boolean settle(@Param(name = "reservation") int which) {
    return open.get(which).settle(Calls.input(100 + which), 0, true);
  }

  @Operation
  public boolean release(@Param(name = "reservation") int which) {
    return open.get(which).release();
  }

  @Operation
  public String view() {
    QuotaView view = enforcer.view(key);
    return view.used() + "+" + view.reserved();
  }

  @Test
  void everyInterleaving_isLikeOneAfterTheOther() {
    new ModelCheckingOptions()
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(0)
        .actorsAfter(2)
        .iterations(20)
        .invocationsPerIteration(300)
        .check(getClass());
  }

  @Test
  void threadsAtFullSpeed_areLikeOneAfterTheOther() {
    new StressOptions()
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(0)
        .actorsAfter(2)
        .iterations(20)
        .invocationsPerIteration(2_000)
        .check(getClass());
  }
}
