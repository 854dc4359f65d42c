package dev.tallygate.benchmarks;

import org.openjdk.jmh.profile.Profiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** What the main method of each JMH benchmark does. */
public final class Jmh {
  private Jmh() {}

  /**
   * Runs the benchmarks of one class.
   *
   * @param args JMH's own options, which come before the annotations of the class; a name among
   *     them would run that as well, so none belongs there
   * @param profilers what is to be measured besides
   */
  @SafeVarargs
  public static void run(Class<?> benchmark, String[] args, Class<? extends Profiler>... profilers)
      throws RunnerException, CommandLineOptionException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .parent(new CommandLineOptions(args))
            .include("\\." + benchmark.getSimpleName() + "\\.");
    for (Class<? extends Profiler> profiler : profilers) {
      options.addProfiler(profiler);
    }
    new Runner(options.build()).run();
  }
}
