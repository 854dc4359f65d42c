package dev.tallygate.benchmarks.hitrate;

/** A question of the study, and its table. */
interface Section {
  String title();

  /** What is counted. */
  String how();

  Table table(Replay replay);
}
