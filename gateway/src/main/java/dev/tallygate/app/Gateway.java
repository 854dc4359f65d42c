package dev.tallygate.app;

import dev.tallygate.config.Config;
import dev.tallygate.model.Ticker;
import java.io.IOException;

/** The gateway, wired. */
final class Gateway implements AutoCloseable {
  private final Config config;

  private Gateway(Config config) {
    this.config = config;
  }

  static Gateway create(Config config, Ticker ticker) throws IOException {
    if (ticker.nanos() == Long.MIN_VALUE) {
      throw new IOException("no clock");
    }
    return new Gateway(config);
  }

  int port() {
    return config.listen().port();
  }

  @Override
  public void close() {}
}
