package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Seconds;
import dev.tallygate.model.Ticker;
import dev.tallygate.quota.QuotaView;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Tells a key's limits in the headers of an answer, as the API that was called does. OpenAI's reset
 * is a duration ({@code 1h2m3s}), Anthropic's an instant of RFC 3339.
 */
final class RateLimitHeaders {
  private static final Names OPENAI_TOKENS = Names.openAi("tokens");
  private static final Names OPENAI_REQUESTS = Names.openAi("requests");
  private static final Names ANTHROPIC_TOKENS = Names.anthropic("tokens");
  private static final Names ANTHROPIC_REQUESTS = Names.anthropic("requests");

  private record Names(AsciiString limit, AsciiString remaining, AsciiString reset) {
    static Names openAi(String what) {
      return new Names(
          AsciiString.cached("x-ratelimit-limit-" + what),
          AsciiString.cached("x-ratelimit-remaining-" + what),
          AsciiString.cached("x-ratelimit-reset-" + what));
    }

    static Names anthropic(String what) {
      String prefix = "anthropic-ratelimit-" + what;
      return new Names(
          AsciiString.cached(prefix + "-limit"),
          AsciiString.cached(prefix + "-remaining"),
          AsciiString.cached(prefix + "-reset"));
    }
  }

  private RateLimitHeaders() {}

  /** Writes them. */
  static void add(ApiFormat format, QuotaView left, Ticker ticker, HeadWriter out) {
    boolean openAi = format == ApiFormat.OPENAI;
    Names tokens = openAi ? OPENAI_TOKENS : ANTHROPIC_TOKENS;
    out.line(tokens.limit(), left.limit()).line(tokens.remaining(), left.available());
    reset(tokens, openAi, left.reset(), ticker, out);
    QuotaView.Requests requests = left.requests();
    if (requests != null) {
      Names names = openAi ? OPENAI_REQUESTS : ANTHROPIC_REQUESTS;
      out.line(names.limit(), requests.limit()).line(names.remaining(), requests.remaining());
      reset(names, openAi, requests.reset(), ticker, out);
    }
  }

  private static void reset(
      Names names, boolean openAi, Duration reset, Ticker ticker, HeadWriter out) {
    out.name(names.reset());
    if (openAi) {
      duration(reset, out);
    } else {
      out.text(instant(ticker.now(), reset));
    }
    out.endLine();
  }

  /** In whole seconds, rounded up: {@code 0s}, {@code 59s}, {@code 1m0s}, {@code 4h59m1s}. */
  static void duration(Duration reset, HeadWriter out) {
    long seconds = Seconds.roundedUp(reset);
    if (seconds >= 3600) {
      out.number(seconds / 3600).put('h');
    }
    if (seconds >= 60) {
      out.number(seconds / 60 % 60).put('m');
    }
    out.number(seconds % 60).put('s');
  }

  private static String instant(Instant now, Duration reset) {
    return now.plus(reset).plusMillis(999).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
