package dev.tallygate.benchmarks.start;

/** What the gateway is started with. */
enum Way {
  RESTART("with the cache, in a folder it has served before", true, ""),
  NEW_FOLDER("with the cache, in a new folder", false, ""),
  WITHOUT_CACHE("without the cache, in a folder it has served before", true, "-XX:AOTMode=off");

  private final String label;
  private final boolean servedBefore;
  private final String javaOptions;

  Way(String label, boolean servedBefore, String javaOptions) {
    this.label = label;
    this.servedBefore = servedBefore;
    this.javaOptions = javaOptions;
  }

  String label() {
    return label;
  }

  /** Whether its folder holds a ledger. */
  boolean servedBefore() {
    return servedBefore;
  }

  /** For the launcher's JVM. */
  String javaOptions() {
    return javaOptions;
  }
}
