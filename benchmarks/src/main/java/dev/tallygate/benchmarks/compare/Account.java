package dev.tallygate.benchmarks.compare;

/**
 * The tokens of all rounds of one gateway that counts. When wrk stops, it cuts off the calls that
 * are under way: they may be on record, in whole or as an estimate, though wrk did not count them.
 * So what is on record must lie between the two counts of the calls.
 *
 * @param received tokens of the calls that wrk received whole
 * @param begun tokens of the calls that reached the upstream, the ones cut off among them
 * @param recorded tokens on record, without those estimated
 * @param estimated tokens on record for streams that were cut off
 */
record Account(Contender contender, long received, long begun, long recorded, long estimated) {
  static Account of(Contender contender, Samples samples, Meter.Tokens recorded) {
    return new Account(
        contender,
        samples.tokens(contender, s -> s.load().good()),
        samples.tokens(contender, Sample::upstreamCalls),
        recorded.exact(),
        recorded.estimated());
  }

  boolean exact() {
    return received <= recorded && recorded <= begun;
  }

  /** Recorded tokens ÷ tokens received, in percent. */
  double percent() {
    return 100.0 * recorded / received;
  }
}
