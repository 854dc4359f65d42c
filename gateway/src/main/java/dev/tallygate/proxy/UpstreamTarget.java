package dev.tallygate.proxy;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Secret;
import io.netty.handler.ssl.SslContext;
import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An upstream, ready to be called. Immutable.
 *
 * @param format the wire format it speaks
 * @param host name or address to connect to
 * @param port TCP port
 * @param tls how to speak TLS, or null for plain text
 * @param hostHeader the {@code Host} it is asked for
 * @param basePath path below which it answers, without a trailing slash
 * @param credential the gateway's own credential there, or null when none is configured
 */
public record UpstreamTarget(
    ApiFormat format,
    String host,
    int port,
    @Nullable SslContext tls,
    String hostHeader,
    String basePath,
    @Nullable Secret credential) {
  private static final Pattern ZAI_HOST = Pattern.compile("(?i)(?:.*[.])?(?:z[.]ai|bigmodel[.]cn)");

  /** Takes a base URL apart; {@code tls} is used when its scheme is https. */
  public static UpstreamTarget of(
      ApiFormat format, URI base, SslContext tls, @Nullable Secret credential) {
    boolean https = base.getScheme().equalsIgnoreCase("https");
    int port = base.getPort() >= 0 ? base.getPort() : https ? 443 : 80;
    String host = base.getHost();
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    String path = base.getRawPath();
    while (path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    return new UpstreamTarget(
        format, bare, port, https ? tls : null, base.getRawAuthority(), path, credential);
  }

  /** The same, with another credential of the gateway's own. */
  UpstreamTarget with(@Nullable Secret other) {
    return new UpstreamTarget(format, host, port, tls, hostHeader, basePath, other);
  }

  /** Whether it is known for Z.AI's, whose error codes then mean what Z.AI says. */
  boolean isZai() {
    return ZAI_HOST.matcher(host).matches();
  }
}
