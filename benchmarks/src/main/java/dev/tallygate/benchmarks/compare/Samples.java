package dev.tallygate.benchmarks.compare;

import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** All rounds of a run. */
record Samples(List<Sample> all) {
  Samples {
    all = List.copyOf(all);
  }

  Stream<Sample> of(Contender contender, Scenario scenario) {
    return all.stream().filter(s -> s.contender() == contender && s.scenario() == scenario);
  }

  Optional<Spread> spread(Contender contender, Scenario scenario, ToDoubleFunction<Sample> figure) {
    return Spread.of(of(contender, scenario).mapToDouble(figure));
  }

  /** CPU of one as a share of another's, round by round, so that both met the same noise. */
  Optional<Spread> cpuRatio(Contender one, Contender other, Scenario scenario) {
    return Spread.of(
        of(one, scenario)
            .flatMapToDouble(mine ->
                of(other, scenario)
                    .filter(theirs -> theirs.round() == mine.round())
                    .mapToDouble(theirs -> mine.cpuMicros() / theirs.cpuMicros())));
  }

  Optional<Spread> othersCores() {
    return Spread.of(all.stream().mapToDouble(Sample::othersCores));
  }

  /** What all calls of a gateway used, by a count of them. */
  long tokens(Contender contender, ToLongFunction<Sample> calls) {
    return all.stream()
        .filter(s -> s.contender() == contender)
        .mapToLong(s -> calls.applyAsLong(s) * s.scenario().tokensPerCall())
        .sum();
  }

  long notOk(Contender contender, Scenario scenario) {
    return of(contender, scenario).mapToLong(Sample::notOk).sum();
  }
}
