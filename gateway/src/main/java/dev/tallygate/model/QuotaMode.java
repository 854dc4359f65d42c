package dev.tallygate.model;

/** How a key's token limit is enforced while calls are in flight. */
public enum QuotaMode {
  /** Admit while anything is left; a call in flight may overshoot by what it uses. */
  ADAPTIVE,
  /** Admit only what cannot overshoot even in the worst case. */
  STRICT
}
