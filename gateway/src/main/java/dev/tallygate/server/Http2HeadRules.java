package dev.tallygate.server;

import io.netty.handler.codec.http.HttpHeaderValidationUtil;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Headers.PseudoHeaderName;
import io.netty.util.AsciiString;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of a request over HTTP/2 must keep to (RFC 9113 §8.2, §8.3). Whether
 * pseudo-headers came before the other fields cannot be told here, since Netty puts them there; as
 * none may come twice, none can be taken for another.
 */
final class Http2HeadRules {
  private static final Set<PseudoHeaderName> KNOWN =
      Set.of(
          PseudoHeaderName.METHOD,
          PseudoHeaderName.SCHEME,
          PseudoHeaderName.AUTHORITY,
          PseudoHeaderName.PATH);

  private static final Set<PseudoHeaderName> NEEDED =
      Set.of(PseudoHeaderName.METHOD, PseudoHeaderName.SCHEME, PseudoHeaderName.PATH);

  private static final Set<PseudoHeaderName> OF_CONNECT =
      Set.of(PseudoHeaderName.METHOD, PseudoHeaderName.AUTHORITY);

  private Http2HeadRules() {}

  /** Why a head is malformed, or null. */
  static @Nullable String fault(Http2Headers head) {
    Set<PseudoHeaderName> told = EnumSet.noneOf(PseudoHeaderName.class);
    for (Map.Entry<CharSequence, CharSequence> field : head) {
      CharSequence name = field.getKey();
      if (PseudoHeaderName.hasPseudoHeaderFormat(name)) {
        PseudoHeaderName pseudo = PseudoHeaderName.getPseudoHeader(name);
        if (pseudo == null || !KNOWN.contains(pseudo) || !told.add(pseudo)) {
          return "a pseudo-header that is unknown or comes twice";
        }
        if (field.getValue().isEmpty() || !isValue(field.getValue())) {
          return "a pseudo-header without a value, or with more than one line";
        }
      } else if (!isField(name, field.getValue())) {
        return "what is no field";
      }
    }
    boolean whole =
        HttpMethod.CONNECT.asciiName().contentEquals(head.method())
            ? told.equals(OF_CONNECT)
            : told.containsAll(NEEDED);
    return whole ? null : "not the pseudo-headers that its method needs";
  }

  /** Why trailers are malformed, or null. */
  static @Nullable String faultOfTrailers(Http2Headers trailers) {
    for (Map.Entry<CharSequence, CharSequence> field : trailers) {
      if (!isField(field.getKey(), field.getValue())) {
        return "what is no field, in the trailers";
      }
    }
    return null;
  }

  private static boolean isField(CharSequence name, CharSequence value) {
    return isName(name)
        && isValue(value)
        && !HttpHeaderValidationUtil.isConnectionHeader(name, true)
        && !HttpHeaderValidationUtil.isTeNotTrailers(name, value);
  }

  /** A pseudo-header's is none, since it begins with a colon. */
  private static boolean isName(CharSequence name) {
    return !name.isEmpty()
        && HttpHeaderValidationUtil.validateToken(name) < 0
        && AsciiString.of(name).toLowerCase().contentEquals(name);
  }

  private static boolean isValue(CharSequence value) {
    return HttpHeaderValidationUtil.validateValidHeaderValue(value) < 0;
  }
}
