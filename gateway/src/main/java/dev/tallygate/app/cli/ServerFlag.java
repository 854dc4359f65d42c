package dev.tallygate.app.cli;

import dev.tallygate.config.Config;
import dev.tallygate.model.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The flag {@code --server}: the gateway whose admin API a command goes through. */
public final class ServerFlag {
  private static final String NAME = "--server";
  private static final String ALLOWED = "a URL such as http://127.0.0.1:3001";

  private ServerFlag() {}

  /** Adds it to a command that does without as well. */
  public static Command addTo(Command command) {
    return command.option(
        NAME,
        "URL",
        "Through the admin API of the gateway whose management port this is, such as"
            + " http://127.0.0.1:3001. Its token is taken from ADMIN_TOKEN.");
  }

  /** Adds it to a command that is for a running gateway only. */
  public static Command addTo(Command command, String byDefault) {
    return command.option(
        NAME,
        "URL",
        "The gateway's management port (" + byDefault + "). The token is taken from ADMIN_TOKEN.");
  }

  /** Whether it was given. */
  public static boolean isGiven(Call call) {
    return call.has(NAME);
  }

  /** The API of the gateway that was named, or else of the one that this configuration is for. */
  public static AdminApi open(Call call) throws CommandException {
    Config config = call.config();
    String given = call.text(NAME);
    URI server = given == null ? local(config.management()) : parse(given);
    if (server == null && given != null) {
      // What was given is not repeated: it may hold a password.
      throw call.mistake(NAME + ": expected " + ALLOWED);
    }
    if (server == null) {
      throw new CommandException(
          "there is no management port to call: MANAGEMENT_PORT is off, or 0; name a gateway with"
              + " --server",
          ExitCode.CONFIG);
    }
    Secret token = config.management().adminToken();
    if (token == null) {
      throw new CommandException(
          "ADMIN_TOKEN is not set: expected the one that the gateway runs with, in the environment"
              + " or .env",
          ExitCode.CONFIG);
    }
    if (given != null && "http".equals(server.getScheme()) && !isLoopback(server.getHost())) {
      call.err().println("Warning: ADMIN_TOKEN crosses the network unencrypted.");
    }
    return new AdminApi(server, token);
  }

  private static @Nullable URI local(Config.Management management) {
    return base(management.host(), management.port().orElse(0));
  }

  /** What is asked to reach what listens there; null for port 0, which may be any. */
  public static @Nullable URI base(String host, int port) {
    return port == 0 ? null : URI.create("http://" + reachable(host) + ':' + port);
  }

  /** Whatever a gateway listens on as a host of a URL; what stands for all addresses is here. */
  private static String reachable(String host) {
    return switch (host) {
      case "0.0.0.0" -> "127.0.0.1";
      case "::", "[::]" -> "[::1]";
      default -> host.contains(":") && !host.startsWith("[") ? '[' + host + ']' : host;
    };
  }

  private static @Nullable URI parse(String text) {
    try {
      URI uri = new URI(text);
      boolean web =
          "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
      boolean bare =
          uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
      return web && uri.getHost() != null && bare ? lowerCase(uri) : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /** The client knows schemes in lower case only. */
  private static URI lowerCase(URI uri) {
    String text = uri.toString();
    int end = uri.getScheme().length();
    return URI.create(text.substring(0, end).toLowerCase(Locale.ROOT) + text.substring(end));
  }

  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || host.equals("[::1]")
        || host.matches("127(\\.\\d+){3}");
  }
}
