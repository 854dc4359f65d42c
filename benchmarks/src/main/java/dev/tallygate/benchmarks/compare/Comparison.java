package dev.tallygate.benchmarks.compare;

import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.ProcFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** The run: warm-up, rounds, accounts. */
final class Comparison {
  private final Plan plan;
  private final Lab lab;
  private final Launcher launcher;
  private final Wrk wrk;
  private final Meter meter;
  private final Probe probe;
  private final List<Gateway> gateways;
  private final List<Sample> samples = new ArrayList<>();

  Comparison(
      Plan plan,
      Lab lab,
      Launcher launcher,
      Wrk wrk,
      Meter meter,
      Probe probe,
      List<Gateway> gateways) {
    this.plan = plan;
    this.lab = lab;
    this.launcher = launcher;
    this.wrk = wrk;
    this.meter = meter;
    this.probe = probe;
    this.gateways = List.copyOf(gateways);
  }

  /**
   * All that came of a run.
   *
   * @param leftOut what was asked for and could not take part, with what it lacked
   * @param metricsCost nothing where Tallygate over epoll takes no part
   */
  record Outcome(
      Samples samples,
      List<Account> accounts,
      Map<Contender, String> leftOut,
      Optional<MetricsCost> metricsCost) {}

  /** Tokens on record before the first round. */
  private record Before(Gateway gateway, Meter.Tokens tokens) {}

  Outcome run(Map<Contender, String> leftOut) throws IOException, InterruptedException {
    warmUp();
    List<Before> befores = new ArrayList<>();
    for (Gateway gateway : gateways) {
      if (Meter.counts(gateway.contender())) {
        befores.add(new Before(gateway, meter.tokens(gateway)));
      }
    }
    for (int round = 1; round <= plan.rounds(); round++) {
      for (Map.Entry<Scenario, Plan.Load> entry : plan.loads().entrySet()) {
        Scenario scenario = entry.getKey();
        Plan.Load load = entry.getValue();
        if (round > load.rounds()) {
          continue;
        }
        System.err.printf("Round %d of %d: %s%n", round, load.rounds(), scenario.title());
        for (Gateway gateway : inOrder(round)) {
          samples.add(measure(gateway, scenario, round, load.seconds(gateway.contender())));
          if (gateway.contender().runsOnJavaScript()) {
            settle(gateway.server());
          }
        }
      }
    }
    // Calls that wrk cut off come to their end.
    Thread.sleep(1_000);
    Samples all = new Samples(samples);
    List<Account> accounts = new ArrayList<>();
    for (Before before : befores) {
      Meter.Tokens recorded = meter.tokens(before.gateway()).minus(before.tokens());
      accounts.add(Account.of(before.gateway().contender(), all, recorded));
    }
    return new Outcome(all, accounts, leftOut, metricsCost());
  }

  /** After the rounds: its gateway is in nobody's way before. */
  private Optional<MetricsCost> metricsCost() throws IOException, InterruptedException {
    for (Gateway gateway : gateways) {
      if (gateway.contender() == Contender.TALLYGATE_EPOLL) {
        Server server = launcher.switched(gateway.upstream());
        Gateway switched = new Gateway(gateway.contender(), server, gateway.upstream());
        probe.awaitUp(switched);
        return Optional.of(MetricsCost.measure(plan, wrk, switched));
      }
    }
    return Optional.empty();
  }

  /** Every round begins with another gateway, so that the first is not always the same. */
  private List<Gateway> inOrder(int round) {
    List<Gateway> order = new ArrayList<>(gateways);
    Collections.rotate(order, 1 - round);
    return order;
  }

  private Sample measure(Gateway gateway, Scenario scenario, int round, int seconds)
      throws IOException, InterruptedException {
    Server server = gateway.server();
    boolean looks = gateway.contender().runsOnJvm() && scenario == Scenario.PLAIN_64;
    long allocated = looks ? Allocation.bytes(lab, server) : 0;
    long requests = meter.upstreamRequests();
    long cpu = server.cpuMicros();
    long busy = ProcFiles.busyMicros();
    long own = launcher.cpuMicros();
    long since = System.nanoTime();
    Wrk.Result load = wrk.run(gateway, scenario, seconds);
    double micros = (System.nanoTime() - since) / 1e3;
    double others = Math.max(0, ProcFiles.busyMicros() - busy - (launcher.cpuMicros() - own));
    double perCall = (double) (server.cpuMicros() - cpu) / load.calls();
    long servedCalls = meter.upstreamRequests() - requests - 1; // the second question is among them
    double allocatedPerCall =
        looks ? (double) (Allocation.bytes(lab, server) - allocated) / load.calls() : Double.NaN;
    return new Sample(
        gateway.contender(),
        scenario,
        round,
        gateway.contender() == Contender.DIRECT ? Double.NaN : perCall,
        server.residentBytes() / 1e6,
        allocatedPerCall,
        others / micros,
        servedCalls,
        load);
  }

  /**
   * Some go on working at calls that wrk cut off, and at usage that they write later: the next
   * one's round begins when this one is at rest, and after two seconds in any case.
   */
  private static void settle(Server server) throws IOException, InterruptedException {
    long before = server.cpuMicros();
    for (int i = 0; i < 40; i++) {
      Thread.sleep(50);
      long now = server.cpuMicros();
      if (now - before <= 10_000) {
        return;
      }
      before = now;
    }
  }

  /** What compiles as it runs is brought to its speed, all of it at the same time. */
  private void warmUp() throws IOException, InterruptedException {
    List<Callable<@Nullable Void>> loads = new ArrayList<>();
    for (Gateway gateway : gateways) {
      if (gateway.contender().runsOnJvm()) {
        loads.add(load(gateway, plan.warmUpSeconds()));
      } else if (gateway.contender().runsOnJavaScript()) {
        loads.add(load(gateway, Math.max(2, plan.warmUpSeconds() / 6)));
      }
    }
    if (loads.isEmpty()) {
      return;
    }
    System.err.printf("Warming up for %d s%n", plan.warmUpSeconds());
    try (ExecutorService threads = Executors.newFixedThreadPool(loads.size())) {
      for (Future<?> load : threads.invokeAll(loads)) {
        load.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("the warm-up failed", e.getCause());
    }
  }

  private Callable<@Nullable Void> load(Gateway gateway, int seconds) {
    int streams = Math.max(1, seconds / 3);
    return () -> {
      long refused =
          wrk.run(gateway, Scenario.STREAM_64, streams).refused()
              + wrk.run(gateway, Scenario.PLAIN_64, seconds - streams).refused();
      if (refused > 0) {
        throw new IOException(
            gateway.contender().label() + " refused " + refused + " calls of known keys");
      }
      return null;
    };
  }
}
