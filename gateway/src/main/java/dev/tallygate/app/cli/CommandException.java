package dev.tallygate.app.cli;

/** A command cannot do what was asked. */
public class CommandException extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  /** Ends the command with {@link ExitCode#FAILED}; the message is for a person, without a dot. */
  public CommandException(String message) {
    this(message, ExitCode.FAILED);
  }

  /** Ends the command with this exit code. */
  public CommandException(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
