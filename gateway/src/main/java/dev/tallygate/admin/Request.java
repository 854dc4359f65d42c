package dev.tallygate.admin;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * A request that has arrived whole.
 *
 * @param path as it came, soundly percent-encoded, without the query
 * @param query the parameters, decoded
 * @param body empty where there is none
 * @param from the address at the other end of the connection
 */
record Request(
    String method,
    String path,
    Map<String, List<String>> query,
    HttpHeaders headers,
    String body,
    InetAddress from) {

  /** A header's value, or the empty string. */
  String header(CharSequence name) {
    String value = headers.get(name);
    return value == null ? "" : value;
  }
}
