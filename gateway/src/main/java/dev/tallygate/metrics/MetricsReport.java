package dev.tallygate.metrics;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.QuotaView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /metrics} answers. The first answer takes longest, some tenths of a second: only then
 * is the Prometheus client loaded, which a gateway that nobody scrapes never needs. Thread-safe;
 * not for event loops that serve calls.
 */
public final class MetricsReport {
  /**
   * Where it is read.
   *
   * @param calls what was counted of finished requests
   * @param readings the state of the gateway
   * @param keys all that are defined; none when nobody can tell
   * @param quota what a key has used and has left
   * @param version of the gateway
   */
  public record Sources(
      CallMeters calls,
      Supplier<Readings> readings,
      Supplier<Collection<ApiKey>> keys,
      Function<ApiKey, QuotaView> quota,
      String version) {}

  /** A page. */
  public static final class Rendered {
    private final String contentType;
    private final String contentEncoding;
    private final byte[] body;

    private Rendered(String contentType, String contentEncoding, byte[] body) {
      this.contentType = contentType;
      this.contentEncoding = contentEncoding;
      this.body = body;
    }

    /** The format it is in. */
    public String contentType() {
      return contentType;
    }

    /** {@code gzip}, or empty. */
    public String contentEncoding() {
      return contentEncoding;
    }

    /** The bytes; the caller's. */
    public byte[] body() {
      return body;
    }
  }

  private final Sources sources;
  private final LoopLag lag;
  private @Nullable Exposition exposition;

  /**
   * Begins to watch the event loops.
   *
   * @param loops those that serve calls
   */
  public MetricsReport(
      Sources sources, Collection<? extends ScheduledExecutorService> loops, Ticker ticker) {
    this.sources = sources;
    this.lag = new LoopLag(loops, ticker);
  }

  /**
   * Reads all metrics.
   *
   * @param accept the request's {@code Accept}, empty when it has none: OpenMetrics where that is
   *     asked for and text not preferred, else Prometheus's text format
   * @param acceptEncoding its {@code Accept-Encoding}, empty when it has none
   */
  public Rendered render(String accept, String acceptEncoding) {
    Exposition now = exposition();
    boolean gzip = new Preferences(acceptEncoding).of("gzip") > 0;
    ByteArrayOutputStream body = new ByteArrayOutputStream(64 * 1024);
    String type;
    try (OutputStream out = gzip ? new GZIPOutputStream(body) : body) {
      type = now.write(new Preferences(accept), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // After the last that is told of them.
    sources.calls().keys().makeRoom(sources.keys());
    return new Rendered(type, gzip ? "gzip" : "", body.toByteArray());
  }

  private synchronized Exposition exposition() {
    Exposition known = exposition;
    if (known == null) {
      known =
          new Exposition(
              new CallFamilies(sources.calls()),
              new QuotaFamilies(sources.keys(), sources.quota(), sources.calls().keys()),
              new StateFamilies(sources.readings(), lag, sources.version()));
      exposition = known;
    }
    return known;
  }
}
