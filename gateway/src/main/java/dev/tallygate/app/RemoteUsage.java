package dev.tallygate.app;

import dev.tallygate.app.cli.AdminApi;
import dev.tallygate.app.cli.ApiProblem;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageQuery;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Reports that a gateway gives through its admin API. */
final class RemoteUsage {
  private static final int NOT_FOUND = 404;

  private RemoteUsage() {}

  /** The report; of a key that nobody knows an empty one that says so. */
  static UsageReport read(AdminApi api, UsageQuery query)
      throws CommandException, InterruptedException {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put(
        "by", query.by().stream().map(UsageGrouping::label).collect(Collectors.joining(",")));
    parameters.put("from", query.since().toString());
    if (query.until() != null) {
      parameters.put("to", query.until().toString());
    }
    if (query.keyId() != null) {
      parameters.put("key", query.keyId());
    }
    JsonNode answer;
    try {
      answer = api.get("/usage", parameters);
    } catch (ApiProblem e) {
      if (e.status() == NOT_FOUND && query.keyId() != null) {
        return new UsageReport(query.by(), query.since(), query.until(), List.of(), false);
      }
      throw e;
    }
    List<UsageRow> rows = new ArrayList<>();
    answer.path("rows").forEach(row -> rows.add(row(row, query.by())));
    String from = answer.path("from").asString(query.since().toString());
    return new UsageReport(query.by(), Instant.parse(from), query.until(), rows, true);
  }

  private static UsageRow row(JsonNode row, List<UsageGrouping> by) {
    String last = row.path("last_used").asString("");
    return new UsageRow(
        by.stream().map(each -> row.path(each.label()).asString("")).toList(),
        row.path("requests").asLong(0),
        row.path("input").asLong(0),
        row.path("cache_read").asLong(0),
        row.path("cache_written").asLong(0),
        row.path("output").asLong(0),
        row.path("estimated").asLong(0),
        last.isEmpty() ? null : Instant.parse(last));
  }
}
