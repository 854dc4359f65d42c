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

  static Optional<Contender> of(String label) {
    return Arrays.stream(values()).filter(c -> c.label().equals(label)).findFirst();
  }
}
