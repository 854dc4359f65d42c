package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Secret;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What changes in the headers on their way through (RFC 9110 §7.6.1 for the hop-by-hop ones); all
 * others pass as they came. They are written as they are gone through, so that nothing is copied
 * but the bytes of what passes.
 */
public final class HeaderRules {
  private static final AsciiString X_API_KEY = AsciiString.cached("x-api-key");
  private static final AsciiString ANTHROPIC_VERSION = AsciiString.cached("anthropic-version");
  private static final AsciiString OLDEST_ANTHROPIC_VERSION = AsciiString.cached("2023-06-01");
  private static final AsciiString BEARER = AsciiString.cached("Bearer ");
  private static final String RENAMED = "x-upstream-";

  /** Those of one connection, not of the message, and {@code Connection} itself. */
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

  private static final AsciiString TRACE_PARENT = AsciiString.cached("traceparent");
  private static final AsciiString TRACE_STATE = AsciiString.cached("tracestate");

  private static final AsciiString[] NOT_THE_CLIENTS = {
    HttpHeaderNames.EXPECT,
    HttpHeaderNames.AUTHORIZATION,
    X_API_KEY,
    // What other APIs and pages know clients by, where one sends it to every server it calls.
    AsciiString.cached("api-key"),
    AsciiString.cached("x-goog-api-key"),
    HttpHeaderNames.COOKIE,
    // Of the connection, which clients say in Connection, but not all.
    AsciiString.cached("http2-settings"),
    HttpHeaderNames.HOST,
    HttpHeaderNames.ACCEPT_ENCODING,
    HttpHeaderNames.CONTENT_LENGTH,
  };

  private static final HeaderNames NOT_TO_UPSTREAM = names(NOT_THE_CLIENTS);

  private static final HeaderNames NOT_TO_UPSTREAM_IN_A_TRACE =
      names(and(NOT_THE_CLIENTS, TRACE_PARENT, TRACE_STATE));

  private static final HeaderNames NOT_TO_CLIENT = names(HttpHeaderNames.CONTENT_LENGTH);

  private static final HeaderNames NOT_TO_OTHER_ORIGINS =
      names(
          HttpHeaderNames.CONTENT_LENGTH,
          HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS,
          HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN,
          HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS);

  private HeaderRules() {}

  private static HeaderNames names(AsciiString... more) {
    return new HeaderNames(and(HOP_BY_HOP, more));
  }

  private static AsciiString[] and(AsciiString[] some, AsciiString... more) {
    AsciiString[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  /**
   * Writes the head of a client's request as the upstream's: the client's credentials out, the
   * upstream's in.
   *
   * @param trace what takes the place of what the client says of a trace; null: that passes
   * @param uri path and query below the upstream's base path
   * @param contentLength the body's bytes, or -1 for a request without a body
   */
  static void toUpstream(
      HttpRequest request,
      @Nullable CallTrace trace,
      UpstreamTarget target,
      String uri,
      Secret credential,
      int contentLength,
      HeadWriter out) {
    out.request(request.method().asciiName(), target.basePath(), uri);
    boolean versioned = false;
    HeaderNames dropped = trace == null ? NOT_TO_UPSTREAM : NOT_TO_UPSTREAM_IN_A_TRACE;
    Set<String> nominated = nominated(request.headers());
    var headers = request.headers().iteratorCharSequence();
    while (headers.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = headers.next();
      CharSequence name = header.getKey();
      if (!dropped.contains(name) && !isOneOf(nominated, name)) {
        out.line(name, header.getValue());
        versioned |= ANTHROPIC_VERSION.contentEqualsIgnoreCase(name);
      }
    }
    out.line(HttpHeaderNames.HOST, target.hostHeader());
    // The answer's usage is read as it passes, which compression would prevent.
    out.line(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY);
    if (target.format() == ApiFormat.ANTHROPIC) {
      out.line(X_API_KEY, credential.reveal());
      if (!versioned) {
        out.line(ANTHROPIC_VERSION, OLDEST_ANTHROPIC_VERSION);
      }
    } else {
      out.name(HttpHeaderNames.AUTHORIZATION).text(BEARER).text(credential.reveal()).endLine();
    }
    if (trace != null) {
      out.line(TRACE_PARENT, trace.traceParent());
      if (trace.traceState() != null) {
        out.line(TRACE_STATE, trace.traceState());
      }
    }
    if (contentLength >= 0) {
      out.line(HttpHeaderNames.CONTENT_LENGTH, contentLength);
    }
    out.endLine();
  }

  /**
   * Writes an upstream's response headers as the client's, but for the length. The upstream's own
   * request id and rate limits stay visible under another name: they speak of the gateway's
   * account, not of the client's key.
   *
   * @param crossOrigin whether what it says of origins is left out as well
   */
  public static void toClient(HttpHeaders upstream, boolean crossOrigin, HeadWriter out) {
    HeaderNames left = crossOrigin ? NOT_TO_OTHER_ORIGINS : NOT_TO_CLIENT;
    Set<String> nominated = nominated(upstream);
    var headers = upstream.iteratorCharSequence();
    while (headers.hasNext()) {
      Map.Entry<CharSequence, CharSequence> header = headers.next();
      CharSequence name = header.getKey();
      if (left.contains(name) || isOneOf(nominated, name)) {
        continue;
      }
      if (speaksOfTheAccount(name)) {
        out.line(RENAMED + name.toString().toLowerCase(Locale.ROOT), header.getValue());
      } else {
        out.line(name, header.getValue());
      }
    }
  }

  private static boolean speaksOfTheAccount(CharSequence name) {
    return switch (name.charAt(0) | 0x20) {
      case 'x' ->
          startsWith(name, "x-ratelimit-")
              || startsWith(name, "x-rate-limit-")
              || AsciiString.contentEqualsIgnoreCase(name, "x-request-id");
      case 'a' -> startsWith(name, "anthropic-ratelimit-");
      case 'r' ->
          startsWith(name, "ratelimit-") || AsciiString.contentEqualsIgnoreCase(name, "request-id");
      default -> false;
    };
  }

  private static boolean startsWith(CharSequence name, String prefix) {
    return AsciiString.regionMatches(name, true, 0, prefix, 0, prefix.length());
  }

  /** The names, in lower case, that {@code Connection} declares to be of one connection. */
  private static Set<String> nominated(HttpHeaders headers) {
    // The usual single value names nothing; only others need to be taken apart.
    String connection = headers.get(HttpHeaderNames.CONNECTION);
    if (connection == null || connection.equalsIgnoreCase("keep-alive")) {
      return Set.of();
    }
    Set<String> nominated = new HashSet<>();
    for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
      for (String name : value.split(",", -1)) {
        nominated.add(name.strip().toLowerCase(Locale.ROOT));
      }
    }
    return nominated;
  }

  private static boolean isOneOf(Set<String> nominated, CharSequence name) {
    return !nominated.isEmpty() && nominated.contains(name.toString().toLowerCase(Locale.ROOT));
  }
}
