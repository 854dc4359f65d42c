package dev.tallygate.usage;

import java.util.Locale;

/** What a report sums usage by. */
public enum UsageGrouping {
  /** Key ids. */
  KEY,
  /** Models; the empty name stands for calls that named none. */
  MODEL,
  /** Minutes, as far as they are kept: what is older than 48 hours counts at its hour's first. */
  MINUTE,
  /** Hours. */
  HOUR,
  /** Days of UTC. */
  DAY;

  /** The group's name as scripts see it: {@code key}, {@code model}, {@code hour} … */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether its groups are spans of time. */
  public boolean isTime() {
    return this == MINUTE || this == HOUR || this == DAY;
  }
}
