package dev.tallygate.admin;

/**
 * Who asks, as the audit log names them.
 *
 * @param who {@code nobody}, {@code token}, or {@code session:} and the beginning of its digest
 */
record Caller(String who) {
  static final Caller NOBODY = new Caller("nobody");
  static final Caller TOKEN = new Caller("token");
}
