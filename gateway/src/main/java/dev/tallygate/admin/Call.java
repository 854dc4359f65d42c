package dev.tallygate.admin;

import java.util.Map;

/**
 * A request on its way to its handler.
 *
 * @param parameters the segments of the path that vary, decoded, by the names of the template
 * @param caller who asks
 */
record Call(Request request, Map<String, String> parameters, Caller caller) {
  String parameter(String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the template has no " + name);
    }
    return value;
  }
}
