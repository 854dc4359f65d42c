package dev.tallygate.app.doctor;

import dev.tallygate.app.doctor.Finding.State;
import dev.tallygate.config.Config;
import dev.tallygate.model.Ticker;
import dev.tallygate.server.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** All checks of a configuration, in the order in which they are told. */
final class Doctor {
  private static final String CLOCK = "clock";
  private static final String PORT = "port";
  private static final long MOST_SKEW_MILLIS = 30_000;

  /** No machine that this runs on has a right to an earlier time. */
  private static final Instant EARLIEST = Instant.parse("2026-01-01T00:00:00Z");

  private final Config config;
  private final Ticker ticker;

  Doctor(Config config, Ticker ticker) {
    this.config = config;
    this.ticker = ticker;
  }

  List<Finding> findings() throws InterruptedException {
    Config.Upstreams upstreams = config.upstreams();
    List<Finding> findings = new ArrayList<>();
    SSLSocketFactory tls = trust(findings);
    UpstreamCheck openAi =
        new UpstreamCheck("OPENAI_UPSTREAM_URL", upstreams.openAi(), tls, ticker);
    UpstreamCheck anthropic =
        new UpstreamCheck("ANTHROPIC_UPSTREAM_URL", upstreams.anthropic(), tls, ticker);
    FutureTask<UpstreamCheck.Result> askingOpenAi = openAi.start();
    FutureTask<UpstreamCheck.Result> askingAnthropic = anthropic.start();

    DataChecks data = new DataChecks(config.keys().dataFile(), ticker);
    findings.addAll(data.all());
    DataChecks.Running gateway = data.gateway(new GatewayCheck(config));
    findings.add(gateway.finding());
    findings.addAll(ports(gateway.runs()));
    findings.add(transport());
    if (config.listen().tls() != null) {
      findings.add(CertificateCheck.of(config.listen().tls(), ticker));
    }
    findings.add(masterKey());
    findings.add(adminToken());
    UpstreamCheck.Result first = openAi.result(askingOpenAi);
    UpstreamCheck.Result second = anthropic.result(askingAnthropic);
    findings.add(first.finding());
    findings.add(second.finding());
    findings.add(
        clock(
            Stream.of(first, second)
                .map(UpstreamCheck.Result::offByMillis)
                .filter(off -> off != null)
                .findFirst()
                .orElse(null)));
    return findings;
  }

  /** What upstreams are believed by; where a gateway would not start, what Java trusts. */
  private SSLSocketFactory trust(List<Finding> findings) {
    try {
      return Trust.of(config.upstreams().caFile());
    } catch (IOException e) {
      findings.add(
          Finding.problem("certificates", String.valueOf(e.getMessage()), "mend UPSTREAM_CA_FILE"));
      return (SSLSocketFactory) SSLSocketFactory.getDefault();
    }
  }

  /** Those that a gateway listens on; each has its variables named after it. */
  private List<Finding> ports(boolean running) {
    List<Finding> findings = new ArrayList<>();
    Config.Listen listen = config.listen();
    findings.add(port("", listen.host(), listen.port(), running));
    Config.Management management = config.management();
    management
        .port()
        .ifPresent(port -> findings.add(port("MANAGEMENT_", management.host(), port, running)));
    return findings;
  }

  private static Finding port(String prefix, String host, int port, boolean running) {
    String check = prefix.isEmpty() ? PORT : "management port";
    if (port == 0) {
      return Finding.ok(check, running ? "whichever the gateway took" : "any that is free");
    }
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      return Finding.problem(
          check, "the name in " + prefix + "HOST cannot be resolved", "set another");
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(address);
      return running
          ? Finding.note(
              check,
              port + " is free: the gateway that runs listens elsewhere",
              "look whether it was started with this configuration")
          : Finding.ok(check, port + " is free");
    } catch (IOException e) {
      if (running) {
        return Finding.ok(check, port + " is taken, as it is while a gateway runs");
      }
      return Finding.problem(
          check,
          port + " cannot be bound: " + e.getMessage(),
          "end what listens there, or set another " + prefix + "PORT or " + prefix + "HOST");
    }
  }

  private Finding transport() {
    Config.Transport wanted = config.listen().transport();
    boolean auto = wanted == Config.Transport.AUTO;
    try {
      Transport works =
          Transport.firstThatWorks(
              auto ? Transport.byPreference() : List.of(Transport.valueOf(wanted.name())));
      return works == Transport.NIO && auto
          ? Finding.note(
              "transport",
              "NIO: neither io_uring nor epoll works here",
              "it costs some CPU, no more")
          : Finding.ok("transport", works.name().toLowerCase(Locale.ROOT));
    } catch (IOException e) {
      return Finding.problem("transport", String.valueOf(e.getMessage()), null);
    }
  }

  private Finding masterKey() {
    return config.upstreams().masterKey() != null
        ? Finding.ok("ZAI_API_KEY", "set")
        : Finding.problem(
            "ZAI_API_KEY",
            "not set: only keys with an upstream key of their own can call",
            "set it, in the environment or .env");
  }

  private Finding adminToken() {
    Config.Management management = config.management();
    if (management.port().isEmpty()) {
      return Finding.note("ADMIN_TOKEN", "MANAGEMENT_PORT is off: no admin API, no metrics", null);
    }
    return management.adminToken() != null
        ? Finding.ok("ADMIN_TOKEN", "set")
        : Finding.note("ADMIN_TOKEN", "not set: admin API and dashboard are off", null);
  }

  private Finding clock(@Nullable Long offByMillis) {
    String advice = "set it, and keep it set (NTP): expiry and quotas go by it";
    if (ticker.now().isBefore(EARLIEST)) {
      return new Finding(CLOCK, State.PROBLEM, ticker.now() + " cannot be", advice);
    }
    if (offByMillis == null) {
      return Finding.note(CLOCK, "plausible; no upstream told the time to compare", null);
    }
    if (Math.abs(offByMillis) > MOST_SKEW_MILLIS) {
      return Finding.problem(
          CLOCK,
          Math.abs(offByMillis) / 1000
              + " s "
              + (offByMillis > 0 ? "ahead of" : "behind")
              + " the upstream's",
          advice);
    }
    return Finding.ok(CLOCK, "agrees with the upstream's");
  }
}
