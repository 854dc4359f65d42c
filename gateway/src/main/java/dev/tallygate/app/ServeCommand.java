package dev.tallygate.app;

import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.SettingFlags;
import dev.tallygate.config.Config;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code tallygate serve}: runs the gateway until the process is told to end. */
final class ServeCommand implements Callable<Integer> {
  private final ConfigLoader loader;
  private final CommandSpec spec;

  private ServeCommand(ConfigLoader loader) {
    this.loader = loader;
    spec = CommandSpec.wrapWithoutInspection(this);
    spec.usageMessage()
        .header("Runs the gateway.")
        .description(
            "",
            "It runs until SIGTERM or Ctrl-C, then lets running calls end. SIGHUP makes it read"
                + " .env and the key file again. Every flag is also an environment variable"
                + " (--cache-ttl-ms is CACHE_TTL_MS); the flag wins. Secrets are variables only.",
            "");
    SettingFlags.addTo(spec);
  }

  static CommandSpec spec(ConfigLoader loader) {
    return new ServeCommand(loader).spec;
  }

  @Override
  public Integer call() throws InterruptedException {
    ParseResult given = spec.commandLine().getParseResult();
    return serve(() -> SettingFlags.load(loader, given), spec.commandLine().getErr());
  }

  /** Does what the command does when it is given no flag. */
  static int run(ConfigLoader loader, PrintWriter err) throws InterruptedException {
    return serve(() -> loader.load(Map.of(), List.of()), err);
  }

  private static int serve(Supplier<ConfigResult> source, PrintWriter err)
      throws InterruptedException {
    return switch (source.get()) {
      case ConfigResult.Refused refused -> SettingFlags.report(refused, err);
      case ConfigResult.Loaded loaded -> serve(loaded, source, err);
    };
  }

  private static int serve(
      ConfigResult.Loaded loaded, Supplier<ConfigResult> source, PrintWriter err)
      throws InterruptedException {
    Config config = loaded.config();
    Logs.configure(config.logging());
    Logger log = LoggerFactory.getLogger(ServeCommand.class);
    Gateway gateway;
    try {
      gateway = Gateway.create(config, Ticker.system());
    } catch (IOException e) {
      Logs.flushAndStop();
      err.println("Tallygate could not start: " + e.getMessage());
      err.flush();
      return ExitCode.FAILED;
    }
    Termination.of(gateway, log, Logs::flushAndStop).install();
    // Not before calls are served: it takes the JVM a while.
    Hangup.runs(new Reload(loaded, source, reloadables(gateway))::run);
    log.atInfo()
        .addKeyValue("version", Version.number())
        .addKeyValue("management", management(config, gateway))
        .addKeyValue("host", config.listen().host())
        .addKeyValue("port", gateway.port())
        .log("Tallygate is listening");
    loaded.warnings().forEach(log::warn);
    Thread.currentThread().join(); // until Termination ends the process
    return ExitCode.OK;
  }

  private static List<Reloadable> reloadables(Gateway gateway) {
    List<Reloadable> all = new ArrayList<>(gateway.reloadables());
    all.add(config -> Logs.level(config.logging().level()));
    return all;
  }

  private static String management(Config config, Gateway gateway) {
    return gateway.managementPort().isPresent()
        ? config.management().host() + ':' + gateway.managementPort().getAsInt()
        : "off";
  }
}
