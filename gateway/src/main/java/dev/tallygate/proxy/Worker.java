package dev.tallygate.proxy;

import dev.tallygate.model.Ticker;
import dev.tallygate.usage.UsageLedger;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * What the exchanges of one event loop share: its upstream connections and deadlines. Confined to
 * the loop, so nothing here is locked.
 */
public final class Worker {
  private final EventLoop loop;
  private final Ticker ticker;
  private final Deadlines deadlines;
  private final Flushes flushes;
  private final HeadWriter heads = new HeadWriter();
  private final UpstreamPool upstreams;
  private final RelayTimeouts timeouts;
  private final BodyBudget bodies;
  private final UsageLedger ledger;
  private final LongAdder reservedTokens;
  private final Consumer<Exchange> finished;
  private final LoopGauge streams = new LoopGauge();

  /**
   * @param reservedTokens what is reserved for running exchanges, those of other loops included
   * @param finished told of every exchange that has ended, on the loop; on another thread when that
   *     has stopped
   */
  public Worker(
      EventLoop loop,
      Class<? extends SocketChannel> channelType,
      Ticker ticker,
      RelayTimeouts timeouts,
      BodyBudget bodies,
      UsageLedger ledger,
      LongAdder reservedTokens,
      Consumer<Exchange> finished) {
    this.loop = loop;
    this.ticker = ticker;
    this.timeouts = timeouts;
    this.bodies = bodies;
    this.ledger = ledger;
    this.reservedTokens = reservedTokens;
    this.finished = finished;
    this.deadlines = new Deadlines(loop, ticker);
    this.flushes = new Flushes(loop);
    this.upstreams =
        new UpstreamPool(loop, channelType, new OffLoopResolver(), deadlines, timeouts.connect());
  }

  /** The loop this worker belongs to. */
  public EventLoop loop() {
    return loop;
  }

  /** The deadlines of this loop. */
  public Deadlines deadlines() {
    return deadlines;
  }

  /** What this loop has to send. */
  public Flushes flushes() {
    return flushes;
  }

  /** What the heads of this loop's messages are written with. */
  public HeadWriter heads() {
    return heads;
  }

  /** The clock. */
  public Ticker ticker() {
    return ticker;
  }

  /** The memory of request bodies, shared with the other loops. */
  public BodyBudget bodies() {
    return bodies;
  }

  UpstreamPool upstreams() {
    return upstreams;
  }

  RelayTimeouts timeouts() {
    return timeouts;
  }

  /** Where usage is recorded. */
  public UsageLedger ledger() {
    return ledger;
  }

  /** An exchange has reserved so many tokens or, when negative, given them back. */
  void reserved(long tokens) {
    reservedTokens.add(tokens);
  }

  void streamBegun() {
    streams.add(1);
  }

  void streamEnded() {
    streams.add(-1);
  }

  /** Answers of this loop that are streams and have not ended; from any thread. */
  public int openStreams() {
    return streams.get();
  }

  /** Connections of this loop to upstreams; from any thread. */
  public int upstreamConnections() {
    return upstreams.open();
  }

  /** Those of them that wait for a call; from any thread. */
  public int idleUpstreamConnections() {
    return upstreams.idle();
  }

  void finished(Exchange exchange) {
    finished.accept(exchange);
  }
}
