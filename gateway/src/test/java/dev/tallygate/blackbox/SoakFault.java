package dev.tallygate.blackbox;

import java.util.Set;
import java.util.SplittableRandom;

/**
 * What an upstream does to a call that names it in its body, and how the call must end for its
 * client.
 */
enum SoakFault {
  /** Answers. */
  NONE(200),
  /** Answers, but takes its time. */
  SLOW(200),
  /** Has too many calls at the same time, now and then. */
  BUSY(200, 429),
  /** Cannot answer, now and then. */
  UNAVAILABLE(200, 503),
  FAILS(500),
  /** Closes without a word. */
  CLOSES(502),
  RESETS(502),
  NO_HTTP(502),
  /** Closes in the middle of its answer. */
  BREAKS_OFF(200);

  private static final SoakFault[] FAULTS = values();

  private final int status;
  private final int orElse;

  SoakFault(int status) {
    this(status, status);
  }

  SoakFault(int status, int orElse) {
    this.status = status;
    this.orElse = orElse;
  }

  /** None two times out of three. */
  static SoakFault any(SplittableRandom random) {
    return random.nextInt(3) < 2 ? NONE : FAULTS[1 + random.nextInt(FAULTS.length - 1)];
  }

  /** Which one a body names. */
  static SoakFault of(String body) {
    for (SoakFault fault : FAULTS) {
      if (body.contains(fault.member())) {
        return fault;
      }
    }
    return NONE;
  }

  /** How a body names it. */
  String member() {
    return "\"fault\":\"" + name() + "\"";
  }

  /** Whether it may be over when the call is made again. */
  boolean passes() {
    return status != orElse;
  }

  /** The statuses that a client may see. */
  Set<Integer> statuses() {
    return status == orElse ? Set.of(status) : Set.of(status, orElse);
  }
}
