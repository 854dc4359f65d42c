package dev.tallygate.app;

/** The gateway, wired. */
public final class Gateway {
  private Gateway() {}
}
