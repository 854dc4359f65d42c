package dev.tallygate.benchmarks.scale;

import dev.tallygate.benchmarks.harness.Failures;
import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.KeyFile;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.LiveGateway;
import dev.tallygate.benchmarks.harness.Load;
import dev.tallygate.benchmarks.harness.ProcFiles;
import dev.tallygate.benchmarks.harness.Recorded;
import dev.tallygate.benchmarks.harness.Times;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Many slow streams at once. Clients and upstream are one process, so that they have one clock. */
final class ManyStreams {
  private static final int WANTED = 10_000;
  private static final int KEYS = 1_000;
  private static final int PER_SECOND = 1_000;
  private static final Duration TOGETHER = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration WARM_UP = Duration.ofSeconds(30);
  private static final int WARM_UP_CLIENTS = 32;
  private static final int SECONDS_TO_END = 30;
  private static final int MOST_MILLIS = 100;
  private static final int MOST_MEGABYTES = 1_024;

  /** Of each process, beside those of its streams: jars, the ledger, loops, standard streams. */
  private static final int OTHER_DESCRIPTORS = 200;

  private ManyStreams() {}

  static List<Finding> run(Lab lab) throws IOException, InterruptedException {
    KeyFile keys = KeyFile.write(lab.newFolder(), KEYS);
    long descriptors = ProcFiles.mostOpenFiles();
    int count = (int) Math.min(WANTED, (descriptors - OTHER_DESCRIPTORS) / 2);
    try (EventLoopGroup answering = loop();
        EventLoopGroup calling = loop();
        SlowUpstream upstream = new SlowUpstream(answering);
        LiveGateway gateway =
            LiveGateway.start(lab, keys, upstream.base(), upstream.base(), Map.of())) {
      upstream.setEnding(true);
      Load.Result warmUp =
          Load.sustained(
              gateway.port(),
              WARM_UP_CLIENTS,
              WARM_UP,
              Duration.ZERO,
              (client, number) ->
                  Load.Call.ok(SlowStreams.request(KeyFile.key((client + number) % KEYS))));
      upstream.setEnding(false);
      SlowStreams streams = new SlowStreams(calling, gateway.port(), KEYS);
      streams.begin(count, PER_SECOND);
      int most = 0;
      long resident = 0;
      for (long end = System.nanoTime() + TOGETHER.toNanos(); System.nanoTime() < end; ) {
        Thread.sleep(LOOK);
        most = Math.max(most, Math.min(streams.streaming(), upstream.open()));
        resident = Math.max(resident, ProcFiles.residentBytes(gateway.pid()));
      }
      upstream.setEnding(true);
      boolean ended = streams.awaitEnd(SECONDS_TO_END);
      long peak = ProcFiles.mostResidentBytes(gateway.pid());
      Open open = new Open(count, descriptors, most, ended, resident, peak);
      return List.of(
          open(open, streams),
          memory(open),
          firstEvents(streams),
          laterEvents(streams),
          recorded(gateway.recorded(), upstream, warmUp));
    }
  }

  /**
   * @param most that were open at once
   * @param ended whether each of them did
   * @param resident bytes, the most while they were open
   * @param peak bytes, of the process's whole life
   */
  private record Open(
      int count, long descriptors, int most, boolean ended, long resident, long peak) {}

  private static EventLoopGroup loop() {
    return new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  private static Finding open(Open open, SlowStreams streams) {
    boolean all = open.count() == WANTED;
    return new Finding(
        String.format("%,d slow streams at once: no failure", open.count()),
        String.format(
            "%,d new streams a second, each with its own connection; then all of them for %d s, an"
                + " event every %d s; with %,d keys, after %d s of short streams as warm-up%s",
            PER_SECOND,
            TOGETHER.toSeconds(),
            SlowUpstream.PAUSE_MILLIS / 1_000,
            KEYS,
            WARM_UP.toSeconds(),
            all
                ? ""
                : String.format(
                    ". **The goal is %,d;** here a process may have %,d descriptors, and a stream"
                        + " takes two",
                    WANTED, open.descriptors())),
        open.ended() && open.most() == open.count() && streams.failures().isEmpty(),
        String.format(
            "%,d streams begun, %,d open at once, %s",
            open.count(), open.most(), Failures.text(streams.failures())));
  }

  private static Finding memory(Open open) {
    return new Finding(
        "the same: RSS < 1 GiB",
        "`VmRSS` of the gateway, asked for twice a second, and `VmHWM`, its peak, at the end",
        open.peak() >> 20 < MOST_MEGABYTES,
        String.format(
            "%,d MiB while all were open, %,d at the peak",
            open.resident() >> 20, open.peak() >> 20));
  }

  private static Finding firstEvents(SlowStreams streams) {
    Times first = streams.first();
    return new Finding(
        "the same: each stream's first event within 100 ms of the upstream's writing it",
        "the event carries the time at which it was written; clients and upstream are one process;"
            + " while others begin",
        first.count() > 0 && first.millis(1) < MOST_MILLIS,
        String.format("%,d events: %s", first.count(), first.text()));
  }

  private static Finding laterEvents(SlowStreams streams) {
    Times later = streams.later();
    return new Finding(
        "the same: 99 % of all later events within 100 ms",
        "the same",
        later.count() > 0 && later.millis(0.99) < MOST_MILLIS,
        String.format("%,d events: %s", later.count(), later.text()));
  }

  private static Finding recorded(
      Map<String, Recorded> recorded, SlowUpstream upstream, Load.Result warmUp) {
    Recorded sum = recorded.values().stream().reduce(new Recorded(0, 0), Recorded::plus);
    return new Finding(
        "the same: every token on record",
        "`tallygate usage --format json` beside what the upstream served, the warm-up included",
        sum.equals(new Recorded(upstream.streams(), upstream.tokens()))
            && warmUp.failures().isEmpty(),
        String.format(
            "%,d tokens recorded, %,d served; %,d streams recorded, %,d served",
            sum.tokens(), upstream.tokens(), sum.requests(), upstream.streams()));
  }
}
