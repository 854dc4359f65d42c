package dev.tallygate.benchmarks.compare;

/**
 * One round of one gateway under one load.
 *
 * @param cpuMicros CPU time of the gateway's processes per call that wrk received whole; NaN when
 *     there is no gateway
 * @param allocatedBytes what its JVM allocated per call; NaN when that was not looked at
 * @param othersCores how many cores were busy with what does not belong to the run: the noise
 * @param upstreamCalls calls that reached the upstream, the ones that wrk cut off among them
 */
record Sample(
    Contender contender,
    Scenario scenario,
    int round,
    double cpuMicros,
    double residentMegabytes,
    double allocatedBytes,
    double othersCores,
    long upstreamCalls,
    Wrk.Result load) {
  double perSecond() {
    return load.calls() / load.seconds();
  }

  /** Answers other than 2xx, and calls without an answer. */
  long notOk() {
    return load.refused() + load.failed();
  }
}
