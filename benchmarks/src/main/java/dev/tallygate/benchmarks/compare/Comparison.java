package dev.tallygate.benchmarks.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The run: warm-up, rounds, accounts. */
final class Comparison {
  private final Plan plan;
  private final Lab lab;
  private final Wrk wrk;
  private final Meter meter;
  private final List<Gateway> gateways;
  private final List<Sample> samples = new ArrayList<>();

  Comparison(Plan plan, Lab lab, Wrk wrk, Meter meter, List<Gateway> gateways) {
    this.plan = plan;
    this.lab = lab;
    this.wrk = wrk;
    this.meter = meter;
    this.gateways = List.copyOf(gateways);
  }

  record Outcome(Samples samples, List<Account> accounts) {}

  /** Tokens on record before the first round. */
  private record Before(Gateway gateway, Meter.Tokens tokens) {}

  Outcome run() throws IOException, InterruptedException {
    warmUp();
    List<Before> befores = new ArrayList<>();
    for (Gateway gateway : gateways) {
      if (Meter.counts(gateway.contender())) {
        befores.add(new Before(gateway, meter.tokens(gateway)));
      }
    }
    for (int round = 1; round <= plan.rounds(); round++) {
      for (Map.Entry<Scenario, Integer> load : plan.seconds().entrySet()) {
        System.err.printf("Round %d of %d: %s%n", round, plan.rounds(), load.getKey().title());
        for (Gateway gateway : inOrder(round)) {
          samples.add(measure(gateway, load.getKey(), round, load.getValue()));
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
    return new Outcome(all, accounts);
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
    long requests = meter.upstreamRequests();
    long cpu = server.cpuMicros();
    long busy = ProcFiles.busyMicros();
    long own = lab.cpuMicros();
    long since = System.nanoTime();
    Wrk.Result load = wrk.run(server, scenario, seconds);
    double micros = (System.nanoTime() - since) / 1e3;
    double others = Math.max(0, ProcFiles.busyMicros() - busy - (lab.cpuMicros() - own));
    double perCall = (double) (server.cpuMicros() - cpu) / load.calls();
    return new Sample(
        gateway.contender(),
        scenario,
        round,
        gateway.contender() == Contender.DIRECT ? Double.NaN : perCall,
        server.residentBytes() / 1e6,
        others / micros,
        // the second question is among them
        meter.upstreamRequests() - requests - 1,
        load);
  }

  /** What compiles as it runs is brought to its speed, all of it at the same time. */
  private void warmUp() throws IOException, InterruptedException {
    List<Callable<Boolean>> loads = new ArrayList<>();
    for (Gateway gateway : gateways) {
      if (gateway.contender().isTallygate()) {
        loads.add(() -> warmUp(gateway.server()));
      }
    }
    if (loads.isEmpty()) {
      return;
    }
    System.err.printf("Warming up for %d s%n", plan.warmUpSeconds());
    try (ExecutorService threads = Executors.newFixedThreadPool(loads.size())) {
      for (Future<Boolean> load : threads.invokeAll(loads)) {
        if (!load.get()) {
          throw new IOException("calls failed during the warm-up");
        }
      }
    } catch (ExecutionException e) {
      throw new IOException("the warm-up failed", e.getCause());
    }
  }

  private boolean warmUp(Server server) throws IOException, InterruptedException {
    int streams = Math.max(1, plan.warmUpSeconds() / 3);
    Wrk.Result first = wrk.run(server, Scenario.STREAM_64, streams);
    Wrk.Result second = wrk.run(server, Scenario.PLAIN_64, plan.warmUpSeconds() - streams);
    return first.refused() + second.refused() == 0;
  }
}
