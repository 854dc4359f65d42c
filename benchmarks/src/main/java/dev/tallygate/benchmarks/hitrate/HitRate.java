package dev.tallygate.benchmarks.hitrate;

import java.util.List;
import java.util.Locale;

/** {@code bin/hit-rate}. */
final class HitRate {
  private HitRate() {}

  public static void main(String... args) {
    Locale.setDefault(Locale.ROOT);
    Replay replay = new Replay();
    for (Section s :
        List.of(
            new MemberSection(),
            new ScanSection(),
            new LoopSection(),
            new FloodSection(),
            new DaySection(),
            new ShiftSection())) {
      System.out.println("### " + s.title() + "\n\n" + s.how() + "\n\n" + s.table(replay));
    }
  }
}
