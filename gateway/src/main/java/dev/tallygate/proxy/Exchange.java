package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.TokenUsage;
import dev.tallygate.quota.Call;
import dev.tallygate.quota.Reservation;
import dev.tallygate.route.RouteName;
import dev.tallygate.usage.UsageExtractor;
import dev.tallygate.usage.UsageRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer: the only mutable object of a call. Confined to the event loop that
 * accepted it.
 *
 * <p>It ends exactly once, through {@link #finish}, whichever of end, error and cancel comes first:
 * usage goes to the ledger, and when that has committed it, the answer's held bytes go out, the
 * reservation is settled and the call is logged. A client whose answer cannot be recorded is let go
 * after a while, without those bytes; the usage stays with the ledger.
 */
public final class Exchange extends Deadlines.Owner {
  /** How long a client waits for its last bytes while the ledger does not commit. */
  private static final long COMMIT_PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();

  private final Worker worker;
  private final Client client;
  private final HttpRequest request;
  private final String requestId;
  private final ApiFormat format;
  private final String path;
  private final long startedNanos;

  private RouteName route = RouteName.NONE;
  private @Nullable CallTrace trace;
  private @Nullable ApiKey key;
  private @Nullable String model;
  private Call call = Call.WITHOUT_TOKENS;
  private boolean expectsUsage;
  private @Nullable Reservation reservation;
  private @Nullable Relay relay;
  private @Nullable UsageExtractor extractor;
  private ByteBuf body = Unpooled.EMPTY_BUFFER;

  private boolean hideUsageChunk;

  private int status;
  private @Nullable ApiError error;
  private @Nullable UpstreamTarget upstream;
  private long sentNanos;
  private long upstreamNanos;
  private boolean stream;
  private long firstByteNanos;
  private long bytesOut;
  private @Nullable ByteBuf held;
  private @Nullable Outcome outcome;
  private @Nullable Charge charge;
  // Who carries it: a client's connection, and the ledger while it writes.
  private boolean attached = true;
  private boolean recording;

  /** Begins an exchange. */
  public Exchange(
      Worker worker,
      Client client,
      HttpRequest request,
      String requestId,
      ApiFormat format,
      String path) {
    this.worker = worker;
    this.client = client;
    this.request = request;
    this.requestId = requestId;
    this.format = format;
    this.path = path;
    this.startedNanos = worker.ticker().nanos();
  }

  /** The worker of its event loop. */
  public Worker worker() {
    return worker;
  }

  /** The client's side. */
  public Client client() {
    return client;
  }

  /** The request's head. */
  public HttpRequest request() {
    return request;
  }

  /** What the client's and the gateway's logs call this exchange. */
  public String requestId() {
    return requestId;
  }

  /** The wire format that was called. */
  public ApiFormat format() {
    return format;
  }

  /** The path asked for, without the query, which is nobody's business in a log. */
  public String path() {
    return path;
  }

  /** What it is counted under. */
  public RouteName route() {
    return route;
  }

  /** Sets what it is counted under. */
  public void routed(RouteName name) {
    route = name;
  }

  /** Its place in a distributed trace, or null where there is none. */
  public @Nullable CallTrace trace() {
    return trace;
  }

  /** Sets its place in a distributed trace. */
  public void traced(@Nullable CallTrace place) {
    trace = place;
  }

  /** The authenticated key, or null before and without authentication. */
  public @Nullable ApiKey key() {
    return key;
  }

  /** Sets who calls. */
  public void authenticated(ApiKey caller) {
    key = caller;
  }

  /** The model the call is made with, or null where it names none. */
  public @Nullable String model() {
    return model;
  }

  /** Sets the model the call is made with. */
  public void model(@Nullable String chosen) {
    model = chosen;
  }

  /** What the quota is asked for. */
  public Call call() {
    return call;
  }

  /** Sets what the quota is asked for. */
  public void asks(Call asked) {
    call = asked;
  }

  /** Whether a successful answer has to tell what was used; else an estimate is charged. */
  public boolean expectsUsage() {
    return expectsUsage;
  }

  /** Sets whether it has to. */
  public void expectsUsage(boolean expects) {
    expectsUsage = expects;
  }

  /** Writes what the key has left, as headers of the answer. */
  public void tellLimits(HeadWriter out) {
    if (reservation != null) {
      RateLimitHeaders.add(format, reservation.view(), worker.ticker(), out);
    }
  }

  /** Sets what was reserved for the call; it is settled when the exchange ends. */
  public void admitted(Reservation reserved) {
    reservation = reserved;
    worker.reserved(reserved.tokens());
  }

  /** The request's body as it goes to the upstream. */
  public ByteBuf body() {
    return body;
  }

  /** Sets the request's body, already counted against the body budget, and takes ownership. */
  public void body(ByteBuf bytes) {
    body = bytes;
  }

  /** Edits the request's body; what it grows by is counted, even where the budget is used up. */
  public void edit(List<Splice> edits) {
    int before = body.readableBytes();
    body = SplicedBody.of(body, edits);
    worker.bodies().giveBack(before - body.readableBytes());
  }

  /** Whether the gateway asked for the stream's usage and the client did not. */
  boolean hidesUsageChunk() {
    return hideUsageChunk;
  }

  /** Sets whether the chunk with a stream's usage is kept from the client. */
  public void hideUsageChunk(boolean hide) {
    hideUsageChunk = hide;
  }

  /** The status sent, or 0 when the client was gone before. */
  public int status() {
    return status;
  }

  /** What the gateway answered instead of an upstream, or null. */
  public @Nullable ApiError error() {
    return error;
  }

  /** How it ended, or null while it runs. */
  public @Nullable Outcome outcome() {
    return outcome;
  }

  /** What was charged. */
  public TokenUsage usage() {
    return charge == null ? TokenUsage.NONE : charge.usage();
  }

  /** Whether any of that is the gateway's estimate. */
  public boolean estimated() {
    return charge != null && charge.isEstimated();
  }

  /** How much of it is. */
  public long estimatedTokens() {
    return charge == null ? 0 : charge.estimatedTokens();
  }

  /** Bytes of the answer's body so far. */
  public long bytesOut() {
    return bytesOut;
  }

  /** Nanoseconds from the request's head to now. */
  public long elapsedNanos() {
    return worker.ticker().nanos() - startedNanos;
  }

  /** The upstream that the request was sent to, or null. */
  public @Nullable UpstreamTarget upstream() {
    return upstream;
  }

  /** The request goes out, now. */
  void sentTo(UpstreamTarget target) {
    upstream = target;
    sentNanos = elapsedNanos();
  }

  /** Nanoseconds since then. */
  long sinceSentNanos() {
    return elapsedNanos() - sentNanos;
  }

  /** Nanoseconds from sending to the head of the answer that was passed on, or 0 without one. */
  public long upstreamNanos() {
    return upstreamNanos;
  }

  /** Whether the answer is a stream of events. */
  public boolean isStream() {
    return stream;
  }

  /**
   * Nanoseconds from the request's head to the first byte of the answer, which of a stream is that
   * of its first event; 0 when there was none.
   */
  public long firstByteNanos() {
    return firstByteNanos;
  }

  /** The upstream's answer begins. */
  void relaying(int code, boolean events) {
    answering(code, null);
    upstreamNanos = firstByteNanos - sentNanos;
    stream = events;
    if (events) {
      worker.streamBegun();
    }
  }

  /**
   * The answer begins with this status, and with this error where it is one of the gateway's own.
   */
  public void answering(int code, @Nullable ApiError own) {
    status = code;
    error = own;
    firstByteNanos = elapsedNanos();
    releaseBody();
  }

  /** Counts bytes of the answer's body. */
  public void sent(int bytes) {
    if (stream && bytesOut == 0) {
      firstByteNanos = elapsedNanos();
    }
    bytesOut += bytes;
  }

  void metered(@Nullable UsageExtractor by) {
    extractor = by;
  }

  void relayedBy(Relay by) {
    relay = by;
  }

  /** The upstream call, if any, is cancelled: nobody wants what it brings. */
  public void cancelCall() {
    if (relay != null) {
      relay.cancel();
    }
  }

  /** The client has gone: the upstream call, if any, is cancelled. */
  public void cancel() {
    cancelCall();
    if (held != null) {
      // It did not wait for the last bytes.
      worker.deadlines().remove(this);
      bytesOut -= held.readableBytes();
      dropHeld();
      outcome = Outcome.CLIENT_GONE;
    }
    finish(Outcome.CLIENT_GONE);
  }

  /** The client's connection has done with it, for good. */
  public void detached() {
    attached = false;
    countOut();
  }

  /** What nobody carries any more is no running call's, even if the quota still holds it. */
  private void countOut() {
    if (reservation != null && !attached && !recording) {
      worker.reserved(-reservation.tokens());
    }
  }

  /** The client can be written to again. */
  public void clientWritable() {
    if (relay != null) {
      relay.clientWritable();
    }
  }

  /** Ends the exchange with the answer's last bytes, which leave when the usage is recorded. */
  void finish(ByteBuf last) {
    held = last;
    finish(Outcome.RELAYED);
  }

  /** Ends the exchange; only the first call counts. */
  public void finish(Outcome how) {
    if (outcome != null) {
      return;
    }
    outcome = how;
    if (stream) {
      worker.streamEnded();
    }
    releaseBody();
    charge =
        reservation == null
            ? null
            : Charge.of(how, status, extractor, reservation, untoldBytes(how));
    if (charge == null || key == null) {
      end();
      return;
    }
    UsageRecord usage =
        new UsageRecord(
            key.id(),
            model == null ? "" : model,
            worker.ticker().epochMillis(),
            charge.usage(),
            charge.estimatedTokens());
    recording = true;
    worker.ledger().record(usage, this::committed);
    if (recording && held != null) {
      worker.deadlines().add(this);
      worker.deadlines().set(this, COMMIT_PATIENCE_NANOS);
    }
  }

  /** The length of an answer in one piece that is whole and had to tell its usage; else 0. */
  private long untoldBytes(Outcome how) {
    return expectsUsage && how == Outcome.RELAYED ? bytesOut : 0;
  }

  /** On the event loop, while the record is made, or later on the ledger's thread. */
  private void committed() {
    if (worker.loop().inEventLoop()) {
      recorded();
      return;
    }
    try {
      worker.loop().execute(this::recorded);
    } catch (RejectedExecutionException e) {
      // The gateway has stopped, its connections are closed: nobody waits for the last bytes.
      dropHeld();
      recorded();
    }
  }

  private void recorded() {
    worker.deadlines().remove(this);
    end();
    recording = false;
    countOut();
  }

  /** The usage is not being committed. It stays with the ledger, the reservation with the key. */
  @Override
  protected void deadlinePassed() {
    worker.deadlines().remove(this);
    dropHeld();
    outcome = Outcome.UNRECORDED;
    client.cut();
    worker.finished(this);
  }

  private void end() {
    settle();
    ByteBuf last = held;
    held = null;
    if (last != null) {
      client.end(last);
    }
    if (outcome != Outcome.UNRECORDED) {
      worker.finished(this);
    }
  }

  private void settle() {
    if (reservation == null) {
      return;
    }
    if (charge == null) {
      reservation.release();
    } else {
      reservation.settle(charge.usage(), charge.outputBytes(), charge.isEstimated());
    }
  }

  private void dropHeld() {
    if (held != null) {
      held.release();
      held = null;
    }
  }

  private void releaseBody() {
    ByteBuf bytes = body;
    body = Unpooled.EMPTY_BUFFER;
    worker.bodies().giveBack(bytes.readableBytes());
    bytes.release();
  }
}
