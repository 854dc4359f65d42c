package dev.tallygate.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An upstream's base: a scheme, a host, perhaps a port and a path, and nothing that may be secret.
 */
final class UrlKind implements ValueKind<URI> {
  @Override
  public String allowed() {
    return "an http:// or https:// URL with a host (letters, digits, - and .), without user, query"
        + " or fragment";
  }

  @Override
  public String placeholder() {
    return "url";
  }

  @Override
  public @Nullable URI parse(String text) {
    try {
      URI uri = new URI(text.replaceFirst("/+$", ""));
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      boolean good =
          (scheme.equals("http") || scheme.equals("https"))
              && uri.getHost() != null
              && uri.getPort() != 0
              && uri.getPort() <= 65535
              && uri.getRawUserInfo() == null
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null;
      return good ? withScheme(scheme, uri) : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private static URI withScheme(String scheme, URI uri) {
    return URI.create(scheme + ":" + uri.getRawSchemeSpecificPart());
  }

  /** User and query may carry credentials. */
  @Override
  public String showRefused(String text) {
    return text.replaceFirst("^((?:\\w+:)?/*)[^/@]*@", "$1***@").replaceFirst("\\?.*", "?***");
  }

  @Override
  public @Nullable String suggest(String text) {
    String bare = text.replaceFirst("^\\w*:?/+", "");
    String whole = "https://" + bare;
    boolean misspelt = !text.matches("(?i)https?://.*");
    return misspelt && bare.contains(".") && parse(whole) != null ? whole : null;
  }
}
