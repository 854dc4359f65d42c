package dev.tallygate.app.cli;

import java.io.Console;
import java.util.Locale;

/** What is at the other end of standard input and output. */
public interface Terminal {
  /** Neither a person nor colours: what a script has. */
  Terminal NONE =
      new Terminal() {
        @Override
        public boolean isInteractive() {
          return false;
        }

        @Override
        public boolean hasColours() {
          return false;
        }

        @Override
        public boolean confirms(String question) {
          return false;
        }
      };

  /** Whether it is a person at a terminal, who can be asked. */
  boolean isInteractive();

  /** Whether output may be coloured. */
  boolean hasColours();

  /** Asks a question that is answered by yes or no; silence means no. */
  boolean confirms(String question);

  /**
   * This process's.
   *
   * @param coloured whether colours are welcome where there is a terminal
   */
  @SuppressWarnings("SystemConsoleNull") // Java 22 to 24 never returned null; 25 does again
  static Terminal ofProcess(boolean coloured) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return NONE;
    }
    return new Terminal() {
      @Override
      public boolean isInteractive() {
        return true;
      }

      @Override
      public boolean hasColours() {
        return coloured;
      }

      @Override
      public boolean confirms(String question) {
        String answer = console.readLine("%s [y/N] ", question);
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
      }
    };
  }
}
