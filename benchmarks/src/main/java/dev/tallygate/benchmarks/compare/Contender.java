package dev.tallygate.benchmarks.compare;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What is measured, in the order in which it is shown. */
enum Contender {
  DIRECT("direct, no gateway"),
  NGINX_MAP("nginx, keys in a map"),
  NGINX_LUA("nginx + Lua, keys in a dict"),
  NGINX_LUA_COUNT("nginx + Lua, tokens counted"),
  HAPROXY("HAProxy, keys in a map"),
  SPRING_CLOUD_GATEWAY("Spring Cloud Gateway"),
  PORTKEY("Portkey, no key check"),
  PREDECESSOR_LIKE("predecessor-like, re-enacted"),
  TALLYGATE_EPOLL("Tallygate, epoll"),
  TALLYGATE_IO_URING("Tallygate, io_uring");

  private final String title;

  Contender(String title) {
    this.title = title;
  }

  /** For tables and charts. */
  String title() {
    return title;
  }

  /** As in {@code --only}, in the JSON file and in names of configuration files. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-').replace("io-uring", "io_uring");
  }

  boolean isTallygate() {
    return this == TALLYGATE_EPOLL || this == TALLYGATE_IO_URING;
  }

  /** Whether it has to be at load for long before it is at its speed. */
  boolean runsOnJvm() {
    return isTallygate() || this == SPRING_CLOUD_GATEWAY;
  }

  /** Whether it compiles as it runs, but is soon done with that. */
  boolean runsOnJavaScript() {
    return this == PORTKEY || this == PREDECESSOR_LIKE;
  }

  boolean checksKeys() {
    return this != DIRECT && this != PORTKEY;
  }

  /** Half of a round's seconds are enough: no goal needs it, or it is slow beyond any doubt. */
  boolean brief() {
    return this == DIRECT || this == HAPROXY || this == PORTKEY;
  }

  static Optional<Contender> of(String label) {
    return Arrays.stream(values()).filter(c -> c.label().equals(label)).findFirst();
  }
}
