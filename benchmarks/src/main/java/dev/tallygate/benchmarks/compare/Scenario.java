package dev.tallygate.benchmarks.compare;

/** A load: so many connections, each making one call after the other. */
enum Scenario {
  PLAIN_1(1, false),
  PLAIN_64(64, false),
  STREAM_64(64, true),
  PLAIN_1000(1_000, false);

  static final String PATH = "/v1/chat/completions";

  private final int connections;
  private final boolean stream;

  Scenario(int connections, boolean stream) {
    this.connections = connections;
    this.stream = stream;
  }

  int connections() {
    return connections;
  }

  boolean stream() {
    return stream;
  }

  /** What the canned upstream says that one call used. */
  int tokensPerCall() {
    return stream ? 159 : 150;
  }

  String path() {
    return PATH + (stream ? "?stream" : "");
  }

  String title() {
    return "%,d connection%s, %s"
        .formatted(
            connections,
            connections == 1 ? "" : "s",
            stream ? "streams of 100 events" : "plain calls");
  }

  /** As in the JSON file. */
  String label() {
    return (stream ? "stream-" : "plain-") + connections;
  }
}
