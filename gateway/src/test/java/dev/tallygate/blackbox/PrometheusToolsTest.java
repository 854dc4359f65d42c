package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.JSON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What Prometheus's own tools say of the metrics and the alerts, where they are installed: the
 * parsers of its Python client (Debian's python3-prometheus-client) and promtool (prometheus).
 */
class PrometheusToolsTest {
  private static final Path ROOT = Path.of(System.getProperty("tallygate.root", ".."));

  private static final String PARSE =
      """
      import sys
      from prometheus_client.parser import text_string_to_metric_families as text
      from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
      def names(parse, file):
          with open(file, encoding='utf-8', newline='') as page:
              return {s.name for family in parse(page.read()) for s in family.samples}
      one, other = names(text, sys.argv[1]), names(openmetrics, sys.argv[2])
      assert one == other, one ^ other
      print(len(one))
      """;

  @TempDir Path folder;

  @Test
  void pythonClient_readsBothFormats() throws Exception {
    List<String> python = List.of("/usr/bin/python3", "-c");
    assumeTrue(
        works(List.of(python.get(0), python.get(1), "import prometheus_client")),
        "left out: needs python3-prometheus-client");
    Path text = folder.resolve("page.txt");
    Path open = folder.resolve("page.openmetrics");
    scrapeInto(text, open);
    Ran ran = run(List.of(python.get(0), python.get(1), PARSE, text.toString(), open.toString()));
    assertThat(ran.status()).as(ran.output()).isZero();
    assertThat(Integer.parseInt(ran.output().strip())).isGreaterThan(60);
  }

  @Test
  void promtool_findsNothingToMend() throws Exception {
    assumeTrue(works(List.of("promtool", "--version")), "left out: needs promtool");
    Path text = folder.resolve("page.txt");
    scrapeInto(text, folder.resolve("page.openmetrics"));
    for (List<String> command :
        List.of(
            List.of("sh", "-c", "promtool check metrics < '" + text + "'"),
            List.of("promtool", "check", "config", ROOT + "/deploy/prometheus/prometheus.yml"))) {
      Ran ran = run(command);
      assertThat(ran.status()).as(ran.output()).isZero();
    }
  }

  private void scrapeInto(Path text, Path open) throws IOException, InterruptedException {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      both.upstream.then(Answers.chatCompletion(1, 1)).then(Answers.chatStream(1, 1, 1));
      for (int i = 0; i < 2; i++) {
        client.request("POST", CHAT, "{\"messages\":[]}", BEARER, JSON).readResponse();
      }
      client.request("GET", "/no/such/path", "").readResponse();
      both.gateway.awaitIdle();
      var page = both.gateway.managementUri("/metrics");
      Files.writeString(text, Http.get(page).body());
      Files.writeString(
          open, Http.get(page, "Accept", "application/openmetrics-text;version=1.0.0").body());
    }
  }

  private record Ran(int status, String output) {}

  private boolean works(List<String> command) throws InterruptedException {
    try {
      return run(command).status() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private Ran run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "output", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(command.getFirst() + " does not end");
    }
    return new Ran(process.exitValue(), Files.readString(output));
  }
}
