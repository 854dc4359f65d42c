package dev.tallygate.benchmarks.harness;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** A part of a run, which can be run by itself; each takes less than four minutes. */
public interface Part {
  /** Of the enum that lists a run's parts. */
  String name();

  /** Measures; what it needs for that is gone when it returns. */
  List<Finding> run(Lab lab) throws IOException, InterruptedException;

  /** On the command line. */
  default String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
