package dev.tallygate.app.cli;

/** A gateway's admin API has answered that it will not do what was asked. */
public final class ApiProblem extends CommandException {
  private static final long serialVersionUID = 1;

  private final int status;

  ApiProblem(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The status of the answer. */
  public int status() {
    return status;
  }
}
