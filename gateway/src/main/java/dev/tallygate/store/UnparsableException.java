package dev.tallygate.store;

/**
 * The key file as a whole cannot be understood. The message says where, and never quotes the file:
 * secrets are in it.
 */
final class UnparsableException extends Exception {
  UnparsableException(String message) {
    super(message);
  }
}
