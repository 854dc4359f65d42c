package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import dev.tallygate.pages.PageFile;
import dev.tallygate.pages.PageFiles;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The dashboard's files. They hold nothing secret; what they show they ask the admin API for, which
 * is why everybody may have them.
 */
final class Dashboard {
  private final PageFiles files =
      new PageFiles(
          "/assets/",
          "/dev/tallygate/admin/",
          List.of(
              "index.html",
              "app.css",
              "app.js",
              "api.js",
              "cache.js",
              "chart.js",
              "data.js",
              "dialog.js",
              "health.js",
              "keyactions.js",
              "keyform.js",
              "keypage.js",
              "keys.js",
              "overview.js",
              "reasons.js",
              "route.js",
              "session.js"));

  List<Route> routes() {
    return files.paths().stream()
        .map(path -> new Route("GET", path, Access.OPEN, call -> reply(path, call.request())))
        .toList();
  }

  private Reply reply(String path, Request request) {
    PageFile file = Objects.requireNonNull(files.find(path));
    Reply reply =
        file.isHeldBy(request.header(HttpHeaderNames.IF_NONE_MATCH))
            ? Reply.empty(304)
            : Reply.of(file.contentType(), file.body());
    for (Map.Entry<String, String> header : PageFiles.HEADERS.entrySet()) {
      reply = reply.with(header.getKey(), header.getValue());
    }
    return reply.with("etag", file.etag());
  }
}
