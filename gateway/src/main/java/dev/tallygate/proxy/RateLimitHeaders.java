package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.quota.QuotaView;
import io.netty.handler.codec.http.HttpHeaders;
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

  /**
   * Adds them.
   *
   * @param now the wall clock's time, from which durations are counted
   */
  static void add(HttpHeaders headers, ApiFormat format, QuotaView quota, Instant now) {
    boolean openAi = format == ApiFormat.OPENAI;
    add(
        headers,
        openAi ? OPENAI_TOKENS : ANTHROPIC_TOKENS,
        quota.limit(),
        quota.available(),
        openAi ? duration(quota.reset()) : instant(now, quota.reset()));
    QuotaView.Requests requests = quota.requests();
    if (requests != null) {
      add(
          headers,
          openAi ? OPENAI_REQUESTS : ANTHROPIC_REQUESTS,
          requests.limit(),
          requests.remaining(),
          openAi ? duration(requests.reset()) : instant(now, requests.reset()));
    }
  }

  private static void add(
      HttpHeaders headers, Names names, long limit, long remaining, String reset) {
    headers.set(names.limit(), Long.toString(limit));
    headers.set(names.remaining(), Long.toString(remaining));
    headers.set(names.reset(), reset);
  }

  /** In whole seconds, rounded up: {@code 0s}, {@code 59s}, {@code 1m0s}, {@code 4h59m1s}. */
  static String duration(Duration reset) {
    long seconds = ceilSeconds(reset);
    StringBuilder text = new StringBuilder(12);
    if (seconds >= 3600) {
      text.append(seconds / 3600).append('h');
    }
    if (seconds >= 60) {
      text.append(seconds / 60 % 60).append('m');
    }
    return text.append(seconds % 60).append('s').toString();
  }

  private static String instant(Instant now, Duration reset) {
    return now.plus(reset).plusMillis(999).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static long ceilSeconds(Duration reset) {
    return (reset.toMillis() + 999) / 1000;
  }
}
