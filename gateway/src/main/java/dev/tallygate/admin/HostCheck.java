package dev.tallygate.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Tells requests that were meant for this port from those that a web page was tricked into making.
 * A page of a foreign name can have that name resolve to 127.0.0.1 (DNS rebinding), and is then
 * allowed by the browser to read what this port tells without a token. It cannot make the browser
 * send another name than its own: so a port on loopback answers to names of loopback only. Where a
 * port is reachable from elsewhere, its names are not known here, and nothing is checked.
 */
final class HostCheck {
  private static final Pattern OURS =
      Pattern.compile("(localhost|.+[.]localhost|[0-9.]+|\\[[0-9a-f:.]+])(:\\d*)?");

  private final boolean onLoopback;
  private final String name;

  HostCheck(InetSocketAddress address) {
    this.onLoopback = address.getAddress() != null && address.getAddress().isLoopbackAddress();
    this.name = address.getHostString().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws Problem.Refused when the request was meant for somebody else
   */
  void check(Request request) {
    String host = request.header(HttpHeaderNames.HOST).toLowerCase(Locale.ROOT);
    boolean good =
        !onLoopback
            || host.isEmpty()
            || OURS.matcher(host).matches()
            || host.replaceFirst(":\\d*$", "").equals(name);
    if (!good) {
      throw Problem.of(
              421,
              "This port is on loopback and answers to localhost only. Ask for it by that name, or let"
                  + " the proxy before it send Host: localhost.")
          .refused();
    }
  }
}
