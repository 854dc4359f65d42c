package dev.tallygate.metrics;

/** How the status of an answer is told. */
final class StatusLabel {
  /** Stands for statuses that are not worth a number. */
  static final int OTHER = -1;

  private StatusLabel() {}

  /** A status that HTTP knows, 0 for none, or {@link #OTHER}. */
  static int bounded(int status) {
    return status == 0 || (status >= 100 && status <= 599) ? status : OTHER;
  }

  /** Three digits; {@code none} for a client that was gone before its answer. */
  static String of(int status) {
    return switch (status) {
      case 0 -> "none";
      case OTHER -> BoundedNames.OTHER;
      default -> Integer.toString(status);
    };
  }
}
