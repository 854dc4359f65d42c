package dev.tallygate.admin;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The table of operations. Immutable. */
final class Routes {
  private final List<Route> all;

  Routes(List<Route> all) {
    this.all = List.copyOf(all);
  }

  /** An operation, with the parameters of the path that was asked for. */
  record Match(Route route, Map<String, String> parameters) {}

  List<Route> all() {
    return all;
  }

  /**
   * The operation that is meant.
   *
   * @throws Problem.Refused when there is no such path, or it does not take the method
   */
  Match match(String method, String path) {
    String wanted = method.equals("HEAD") ? "GET" : method;
    Set<String> allowed = new TreeSet<>();
    for (Route route : all) {
      Map<String, String> parameters = route.match(path);
      if (parameters != null) {
        if (route.method().equals(wanted)) {
          return new Match(route, parameters);
        }
        allowed.add(route.method());
      }
    }
    if (allowed.isEmpty()) {
      throw Problem.of(404, "There is nothing here.").refused();
    }
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    String list = String.join(", ", allowed);
    throw Problem.of(405, "This method is not allowed here. Use " + list + ".")
        .with("allow", list)
        .refused();
  }
}
