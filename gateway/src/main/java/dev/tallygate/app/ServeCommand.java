package dev.tallygate.app;

import dev.tallygate.app.cli.ExitCode;
import dev.tallygate.app.cli.SettingFlags;
import dev.tallygate.config.Config;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import dev.tallygate.model.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;

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
            "It runs until SIGTERM or Ctrl-C, then lets running calls end. Every flag is also an"
                + " environment variable (--cache-ttl-ms is CACHE_TTL_MS); the flag wins. Secrets"
                + " are variables only.",
            "");
    SettingFlags.addTo(spec);
  }

  static CommandSpec spec(ConfigLoader loader) {
    return new ServeCommand(loader).spec;
  }

  @Override
  public Integer call() throws InterruptedException {
    return serve(
        SettingFlags.load(loader, spec.commandLine().getParseResult()),
        spec.commandLine().getErr());
  }

  /** Does what the command does when it is given no flag. */
  static int run(ConfigLoader loader, PrintWriter err) throws InterruptedException {
    return serve(loader.load(Map.of(), List.of()), err);
  }

  private static int serve(ConfigResult config, PrintWriter err) throws InterruptedException {
    return switch (config) {
      case ConfigResult.Refused refused -> SettingFlags.report(refused, err);
      case ConfigResult.Loaded loaded -> serve(loaded, err);
    };
  }

  private static int serve(ConfigResult.Loaded loaded, PrintWriter err)
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

  private static String management(Config config, Gateway gateway) {
    return gateway.managementPort().isPresent()
        ? config.management().host() + ':' + gateway.managementPort().getAsInt()
        : "off";
  }
}
