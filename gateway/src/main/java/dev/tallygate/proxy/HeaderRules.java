package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Secret;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What changes in the headers on their way through (RFC 9110 §7.6.1 for the hop-by-hop ones); all
 * others pass as they came. Headers are edited in place: the call owns them, and a copy per call
 * would be the largest allocation on the request path.
 */
final class HeaderRules {
  static final AsciiString X_API_KEY = AsciiString.cached("x-api-key");

  private static final AsciiString ANTHROPIC_VERSION = AsciiString.cached("anthropic-version");
  private static final String OLDEST_ANTHROPIC_VERSION = "2023-06-01";
  private static final String RENAMED = "x-upstream-";

  private static final AsciiString[] HOP_BY_HOP = {
    HttpHeaderNames.CONNECTION,
    AsciiString.cached("keep-alive"),
    HttpHeaderNames.PROXY_AUTHENTICATE,
    HttpHeaderNames.PROXY_AUTHORIZATION,
    AsciiString.cached("proxy-connection"),
    HttpHeaderNames.TE,
    HttpHeaderNames.TRAILER,
    HttpHeaderNames.TRANSFER_ENCODING,
    HttpHeaderNames.UPGRADE,
  };

  private HeaderRules() {}

  /**
   * Turns a client's request headers into the upstream's: the client's credentials out, the
   * upstream's in.
   *
   * @param contentLength the body's bytes, or -1 for a request without a body
   */
  static void toUpstream(
      HttpHeaders headers, UpstreamTarget target, Secret credential, int contentLength) {
    removeHopByHop(headers);
    headers.remove(HttpHeaderNames.EXPECT);
    headers.remove(HttpHeaderNames.AUTHORIZATION);
    headers.remove(X_API_KEY);
    headers.set(HttpHeaderNames.HOST, target.hostHeader());
    // The answer's usage is read as it passes, which compression would prevent.
    headers.set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY);
    if (target.format() == ApiFormat.ANTHROPIC) {
      headers.set(X_API_KEY, credential.reveal());
      if (!headers.contains(ANTHROPIC_VERSION)) {
        headers.set(ANTHROPIC_VERSION, OLDEST_ANTHROPIC_VERSION);
      }
    } else {
      headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + credential.reveal());
    }
    if (contentLength >= 0) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, contentLength);
    } else {
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    }
  }

  /**
   * Turns an upstream's response headers into the client's. The upstream's own request id and rate
   * limits stay visible under another name: they speak of the gateway's account, not of the
   * client's key.
   */
  static void toClient(HttpHeaders headers) {
    removeHopByHop(headers);
    @Nullable List<Map.Entry<CharSequence, CharSequence>> renamed = null;
    var all = headers.iteratorCharSequence();
    while (all.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = all.next();
      if (speaksOfTheAccount(header.getKey())) {
        if (renamed == null) {
          renamed = new ArrayList<>();
        }
        renamed.add(Map.entry(header.getKey(), header.getValue()));
      }
    }
    if (renamed != null) {
      renamed.forEach(header -> headers.remove(header.getKey()));
      renamed.forEach(header ->
          headers.add(
              RENAMED + header.getKey().toString().toLowerCase(Locale.ROOT), header.getValue()));
    }
  }

  private static boolean speaksOfTheAccount(CharSequence name) {
    return startsWith(name, "x-ratelimit-")
        || startsWith(name, "anthropic-ratelimit-")
        || startsWith(name, "ratelimit-")
        || startsWith(name, "x-rate-limit-")
        || AsciiString.contentEqualsIgnoreCase(name, "x-request-id")
        || AsciiString.contentEqualsIgnoreCase(name, "request-id");
  }

  private static boolean startsWith(CharSequence name, String prefix) {
    return AsciiString.regionMatches(name, true, 0, prefix, 0, prefix.length());
  }

  private static void removeHopByHop(HttpHeaders headers) {
    // The usual single value names nothing; only others need to be taken apart.
    String connection = headers.get(HttpHeaderNames.CONNECTION);
    if (connection != null && !connection.equalsIgnoreCase("keep-alive")) {
      for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
        for (String nominated : value.split(",", -1)) {
          String name = nominated.strip();
          if (!name.isEmpty()) {
            headers.remove(name);
          }
        }
      }
    }
    for (AsciiString name : HOP_BY_HOP) {
      headers.remove(name);
    }
  }
}
