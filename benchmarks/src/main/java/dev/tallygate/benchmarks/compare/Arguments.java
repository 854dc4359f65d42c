package dev.tallygate.benchmarks.compare;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The command line.
 *
 * @param out the folder for the results; made when it is missing
 * @param help print the usage, and do nothing else
 */
record Arguments(Plan plan, Set<Contender> contenders, Path out, boolean help) {
  static final String USAGE =
      """
      Usage: ./bench [--quick | --smoke] [--only NAME,NAME...] [--out DIR]
      Measures gateways that do the same work, side by side; some 25 minutes.
        --quick  shorter rounds, under 5 minutes
        --smoke  about a minute, to see that everything works; the figures mean nothing, and
                 nothing is fetched with npm or Maven for gateways that --only does not name
        --only   of direct, nginx-map, nginx-lua, nginx-lua-count, haproxy, spring-cloud-gateway,
                 portkey, predecessor-like, tallygate-epoll, tallygate-io_uring; with
                 tallygate-epoll also what its metrics cost
        --out    folder for comparison.txt, .json and .svg (docs/benchmarks; with --smoke or --only
                 target/bench)
      """;

  /**
   * @throws IllegalArgumentException with a message for people
   */
  static Arguments parse(Path root, List<String> given) {
    Plan plan = Plan.full();
    Set<Contender> contenders = EnumSet.allOf(Contender.class);
    Path out = null;
    boolean help = false;
    for (int i = 0; i < given.size(); i++) {
      switch (given.get(i)) {
        case "-h", "--help" -> help = true;
        case "--quick" -> plan = Plan.quick();
        case "--smoke" -> plan = Plan.smoke();
        case "--only" -> contenders = named(value(given, ++i));
        case "--out" -> out = Path.of(value(given, ++i)).toAbsolutePath();
        default -> throw new IllegalArgumentException("unknown argument " + given.get(i));
      }
    }
    if (out == null) {
      boolean whole = contenders.size() == Contender.values().length;
      out =
          root.resolve(whole && !plan.label().equals("smoke") ? "docs/benchmarks" : "target/bench");
    }
    return new Arguments(plan, contenders, out, help);
  }

  private static String value(List<String> given, int at) {
    if (at >= given.size()) {
      throw new IllegalArgumentException(given.get(at - 1) + " needs a value");
    }
    return given.get(at);
  }

  private static Set<Contender> named(String list) {
    Set<Contender> contenders = EnumSet.noneOf(Contender.class);
    for (String name : list.split(",", -1)) {
      contenders.add(
          Contender.of(name)
              .orElseThrow(() -> new IllegalArgumentException("--only: no such name: " + name)));
    }
    return contenders;
  }
}
