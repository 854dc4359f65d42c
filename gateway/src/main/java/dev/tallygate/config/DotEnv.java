package dev.tallygate.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The assignments of a {@code .env} file.
 *
 * <p>A line is empty, a comment after {@code #}, or {@code NAME=value}, {@code export} before it
 * allowed. A value is taken as it stands up to {@code " #"}, literally within single quotes, or
 * within double quotes, where {@code \n \r \t \" \\ \$} are escapes; quoted values may span lines.
 * Nothing is expanded. Lines that are none of these are mistakes; their text is never repeated, as
 * it may be a secret.
 *
 * @param entries in the order of the file
 * @param mistakes lines that could not be read
 */
record DotEnv(List<Entry> entries, List<Mistake> mistakes) {
  static final String FILE_NAME = ".env";
  private static final Pattern ASSIGNMENT =
      Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\\s*=\\s*(.*)", Pattern.DOTALL);
  private static final Pattern AFTER_QUOTE = Pattern.compile("\\s*(#.*)?");

  /**
   * One assignment.
   *
   * @param name of the variable
   * @param value without quotes
   * @param line where it begins, from 1
   */
  record Entry(String name, String value, int line) {
    String origin() {
      return FILE_NAME + " line " + line;
    }
  }

  DotEnv {
    entries = List.copyOf(entries);
    mistakes = List.copyOf(mistakes);
  }

  /**
   * Reads the folder's file; no file (or a folder of that name, as Python makes) has no entries.
   */
  static DotEnv in(Path directory) {
    Path file = directory.resolve(FILE_NAME);
    if (!Files.exists(file) || Files.isDirectory(file)) {
      return new DotEnv(List.of(), List.of());
    }
    try {
      return parse(Files.readString(file));
    } catch (CharacterCodingException e) {
      return unreadable("not UTF-8 text");
    } catch (IOException e) {
      return unreadable("exists but cannot be read; check its permissions");
    }
  }

  private static DotEnv unreadable(String problem) {
    return new DotEnv(List.of(), List.of(new Mistake(FILE_NAME, null, null, problem, null)));
  }

  Optional<Entry> find(String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }

  static DotEnv parse(String text) {
    String[] lines = text.replaceFirst("^\uFEFF", "").split("\r\n|\n|\r", -1);
    List<Entry> entries = new ArrayList<>();
    List<Mistake> mistakes = new ArrayList<>();
    for (int i = 0; i < lines.length; i++) {
      int lineNumber = i + 1;
      if (lines[i].isBlank() || lines[i].stripLeading().startsWith("#")) {
        continue;
      }
      Matcher assignment = ASSIGNMENT.matcher(lines[i]);
      if (!assignment.matches()) {
        mistakes.add(mistake(lineNumber, "expected NAME=value, a comment or an empty line"));
        continue;
      }
      String name = assignment.group(1);
      String rest = assignment.group(2);
      char quote = rest.isEmpty() ? 0 : rest.charAt(0);
      if (quote != '"' && quote != '\'') {
        entries.add(new Entry(name, unquoted(rest), lineNumber));
        continue;
      }
      int last = i;
      int end = closing(rest, quote);
      while (end < 0 && last + 1 < lines.length) {
        rest = rest + "\n" + lines[++last];
        end = closing(rest, quote);
      }
      if (end < 0) { // the lines that follow are read as lines of their own
        mistakes.add(mistake(lineNumber, name + " has no closing " + quote));
        continue;
      }
      if (AFTER_QUOTE.matcher(rest.substring(end + 1)).matches()) {
        String inner = rest.substring(1, end);
        entries.add(new Entry(name, quote == '"' ? unescaped(inner) : inner, lineNumber));
      } else {
        mistakes.add(mistake(lineNumber, name + " has text after its closing " + quote));
      }
      i = last;
    }
    return new DotEnv(entries, mistakes);
  }

  private static Mistake mistake(int line, String problem) {
    return new Mistake(FILE_NAME + " line " + line, null, null, problem, null);
  }

  private static String unquoted(String rest) {
    return rest.startsWith("#") ? "" : rest.replaceFirst("\\s#.*$", "").strip();
  }

  /** The index of the closing quote, or -1. */
  private static int closing(String text, char quote) {
    for (int i = 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && quote == '"') {
        i++;
      } else if (c == quote) {
        return i;
      }
    }
    return -1;
  }

  private static String unescaped(String inner) {
    StringBuilder out = new StringBuilder(inner.length());
    for (int i = 0; i < inner.length(); i++) {
      char c = inner.charAt(i);
      if (c != '\\' || i + 1 == inner.length()) {
        out.append(c);
        continue;
      }
      char next = inner.charAt(++i);
      switch (next) {
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case '"', '\\', '$' -> out.append(next);
        default -> out.append(c).append(next);
      }
    }
    return out.toString();
  }
}
