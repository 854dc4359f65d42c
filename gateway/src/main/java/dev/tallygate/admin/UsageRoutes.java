package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.Ticker;
import dev.tallygate.usage.TooManyReportsException;
import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageQuery;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageReports;
import dev.tallygate.usage.UsageRow;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What was used, by key, model and time. */
final class UsageRoutes {
  private static final Duration BY_DEFAULT = Duration.ofHours(24);

  /** More would be read by nobody, and held in memory here. */
  private static final int MOST_ROWS = 10_000;

  private final UsageReports reports;
  private final KeyAdministration keys;
  private final Ticker ticker;

  UsageRoutes(UsageReports reports, KeyAdministration keys, Ticker ticker) {
    this.reports = reports;
    this.keys = keys;
    this.ticker = ticker;
  }

  List<Route> routes() {
    return List.of(new Route("GET", "/admin/v1/usage", Access.SIGNED_IN, this::usage));
  }

  private Reply usage(Call call) throws IOException, StoreUnavailableException {
    UsageQuery query = query(call.request());
    UsageReport report = read(query);
    if (!report.keyKnown() && query.keyId() != null) {
      // The ledger sees all keys, removed ones too, but a new one some moments late.
      var _ = KeyRoutes.find(keys, query.keyId());
    }
    if (report.rows().size() > MOST_ROWS) {
      throw Problem.of(
              422,
              "These are more than "
                  + MOST_ROWS
                  + " rows. Ask for a shorter time, for one key, or for longer steps.")
          .refused();
    }
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    report.by().stream().map(UsageGrouping::label).forEach(body.putArray("by")::add);
    body.put("from", report.since().toString());
    body.put("to", String.valueOf(report.until()));
    ArrayNode rows = body.putArray("rows");
    for (UsageRow row : report.rows()) {
      ObjectNode each = rows.addObject();
      for (int i = 0; i < row.groups().size(); i++) {
        each.put(report.by().get(i).label(), row.groups().get(i));
      }
      sums(row, each);
    }
    sums(report.total(), body.putObject("total"));
    return Reply.json(200, body);
  }

  private UsageReport read(UsageQuery query) throws IOException {
    try {
      return reports.read(query);
    } catch (TooManyReportsException e) {
      throw Problem.of(503, String.valueOf(e.getMessage()))
          .with(HttpHeaderNames.RETRY_AFTER.toString(), "1")
          .refused();
    }
  }

  private static void sums(UsageRow row, ObjectNode into) {
    into.put("requests", row.requests());
    into.put("input", row.input());
    into.put("cache_read", row.cacheRead());
    into.put("cache_written", row.cacheWritten());
    into.put("output", row.output());
    into.put("total", row.total());
    into.put("estimated", row.estimated());
    into.put("last_used", row.lastUsed() == null ? null : row.lastUsed().toString());
  }

  private UsageQuery query(Request request) {
    Query query = Query.of(request, "by", "key", "from", "to");
    List<UsageGrouping> by = groupings(query, query.text("by"));
    Instant to = query.time("to");
    Instant from = query.time("from");
    Instant end = to == null ? ticker.now() : to;
    Instant begin = from == null ? end.minus(BY_DEFAULT) : from;
    if (begin.isAfter(end)) {
      query.mistake("from", "expected a time before to, which is " + end);
    }
    query.check();
    return new UsageQuery(query.text("key"), begin, end, by, MOST_ROWS + 1);
  }

  private static List<UsageGrouping> groupings(Query query, @Nullable String text) {
    List<UsageGrouping> by = new ArrayList<>();
    for (String word : (text == null ? "key" : text).split(",", -1)) {
      Arrays.stream(UsageGrouping.values())
          .filter(each -> each.label().equals(word))
          .forEach(by::add);
    }
    long times = by.stream().filter(UsageGrouping::isTime).count();
    boolean asMany = text == null || by.size() == text.split(",", -1).length;
    if (!asMany || by.size() > 2 || by.stream().distinct().count() < by.size() || times > 1) {
      query.mistake(
          "by",
          "expected one or two of "
              + Arrays.stream(UsageGrouping.values())
                  .map(UsageGrouping::label)
                  .collect(Collectors.joining(", "))
              + ", with a comma between, at most one of them a time");
    }
    return by;
  }
}
