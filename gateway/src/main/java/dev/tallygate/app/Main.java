package dev.tallygate.app;

import dev.tallygate.config.ConfigLoader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The program {@code tallygate}. */
public final class Main {
  private static final String[] SERVE_ALONE = {"serve"};

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(ConfigLoader.ofProcess(), writer(System.out), writer(System.err), args));
  }

  static int run(ConfigLoader loader, PrintWriter out, PrintWriter err, String... args) {
    // Does what picocli would. Its classes are too old for the JVM to keep in the AOT cache, and to
    // load them takes a gateway's start a tenth of a second.
    if (Arrays.equals(args, SERVE_ALONE)) {
      try {
        return ServeCommand.run(loader, err);
      } catch (RuntimeException | InterruptedException e) {
        return failed(e, err);
      }
    }
    return Commands.run(loader, out, err, args);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  static int failed(Exception e, PrintWriter err) {
    err.println("This is a bug in Tallygate:");
    e.printStackTrace(err);
    err.flush();
    return ExitCode.SOFTWARE;
  }
}
