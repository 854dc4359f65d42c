package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.BEARER;
import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.JSON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.Http;
import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.ScrapedMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The dashboard and the alerts of {@code deploy/} ask for metrics and labels that exist. */
class DeployedQueriesTest {
  private static final Path DEPLOY =
      Path.of(System.getProperty("tallygate.root", ".."), "deploy").normalize();
  private static final Pattern METRIC =
      Pattern.compile("\\b((?:tallygate|jvm|process)_[a-z0-9_]+)(?:\\{([^}]*)})?");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)(?:=~|!~|!=|=)\"");
  private static final Pattern BY = Pattern.compile("\\bby ?\\(([a-z, _]+)\\)");

  /** Prometheus adds them. */
  private static final Set<String> OF_THE_SCRAPE = Set.of("job", "instance");

  @TempDir Path folder;

  @Test
  void dashboard_asksForWhatIsThere() throws Exception {
    JsonNode dashboard =
        JsonMapper.shared().readTree(Files.readString(DEPLOY.resolve("grafana/tallygate.json")));
    List<String> queries = new ArrayList<>();
    Set<Integer> ids = new HashSet<>();
    for (JsonNode panel : dashboard.path("panels")) {
      assertThat(ids.add(panel.path("id").asInt())).as("an id of its own").isTrue();
      assertThat(panel.path("title").asString("")).isNotBlank();
      for (JsonNode target : panel.path("targets")) {
        queries.add(target.path("expr").asString());
      }
    }
    assertThat(queries).hasSizeGreaterThan(40);
    for (JsonNode variable : dashboard.path("templating").path("list")) {
      queries.add(variable.path("definition").asString(""));
    }
    checkAll(queries, List.of());
  }

  @Test
  void alerts_askForWhatIsThere_andSayWhatToDo() throws Exception {
    String text = Files.readString(DEPLOY.resolve("prometheus/alerts.yml"));
    List<String> alerts = List.of(text.split("\n      - alert: ", -1));
    assertThat(alerts).hasSizeGreaterThan(10);
    List<String> queries = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (String alert : alerts.subList(1, alerts.size())) {
      assertThat(alert)
          .containsPattern("\n        for: \\d+[sm]\n")
          .containsPattern("\n          severity: (critical|warning|info)\n")
          .containsPattern("\n          summary: \"[^\"]+\"\n")
          .containsPattern("\n          description: >-\n            \\S");
      queries.add(alert.substring(alert.indexOf("expr:"), alert.indexOf("\n        for:")));
      texts.add(alert.substring(alert.indexOf("annotations:")));
    }
    checkAll(queries, texts);
  }

  /** Texts send people to metrics as well. */
  private void checkAll(List<String> queries, List<String> texts) throws Exception {
    ScrapedMetrics page = scrapeAfterCalls();
    List<String> wrong = new ArrayList<>();
    for (String text : texts) {
      METRIC
          .matcher(text)
          .results()
          .map(metric -> metric.group(1))
          .forEach(name -> {
            if (!page.names().contains(name) && !page.families().contains(name)) {
              wrong.add(name + " in " + text);
            }
          });
    }
    int found = 0;
    for (String query : queries) {
      Set<String> known = new HashSet<>(OF_THE_SCRAPE);
      Matcher metric = METRIC.matcher(query);
      while (metric.find()) {
        found++;
        String name = metric.group(1);
        if (!page.names().contains(name)) {
          wrong.add(name + " in " + query);
          continue;
        }
        Set<String> labels = page.labelNames(name);
        known.addAll(labels);
        labels.addAll(OF_THE_SCRAPE);
        String selector = metric.group(2) == null ? "" : metric.group(2);
        LABEL
            .matcher(selector)
            .results()
            .map(label -> label.group(1))
            .forEach(label -> {
              if (!labels.contains(label)) {
                wrong.add(name + " has no label " + label + " in " + query);
              }
            });
      }
      BY.matcher(query)
          .results()
          .map(by -> by.group(1).split(", *"))
          .forEach(names -> {
            if (!known.containsAll(List.of(names))) {
              wrong.add("no such labels to sum by in " + query);
            }
          });
    }
    assertThat(wrong).isEmpty();
    assertThat(found).isGreaterThan(15);
  }

  /** A series of each kind is there: errors, streams and tokens come with the first of them. */
  private ScrapedMetrics scrapeAfterCalls() throws IOException, InterruptedException {
    try (GatewayAndUpstream both = GatewayAndUpstream.start(folder);
        RawClient client = both.connect()) {
      both.upstream.then(Answers.chatCompletion(1, 1)).then(Answers.chatStream(1, 1, 1));
      String body = "{\"messages\":[]}";
      for (String key : new String[] {BEARER, BEARER, "Authorization: Bearer pk_nobody"}) {
        client.request("POST", CHAT, body, key, JSON).readResponse();
      }
      both.gateway.awaitIdle();
      return ScrapedMetrics.parse(Http.get(both.gateway.managementUri("/metrics")).body());
    }
  }
}
