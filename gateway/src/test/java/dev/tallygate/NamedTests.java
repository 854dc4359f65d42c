package dev.tallygate;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** A document of {@code docs/} that names tests: {@code package.Class#method}, in backticks. */
final class NamedTests {
  private static final Pattern REFERENCE =
      Pattern.compile("`([a-z]+(?:\\.[a-z]+)*)\\.([A-Z][\\w.]*)#(\\w+)`");

  private final String text;

  private NamedTests(String text) {
    this.text = text;
  }

  static NamedTests in(String document) throws IOException {
    return new NamedTests(
        Files.readString(Path.of(System.getProperty("tallygate.root", ".."), "docs", document)));
  }

  Stream<String> lines() {
    return text.lines();
  }

  /** Whether a part of the document names a test. */
  static boolean names(String part) {
    return REFERENCE.matcher(part).find();
  }

  /** How many tests it names. */
  long count() {
    return REFERENCE.matcher(text).results().count();
  }

  /** What it names that is no test, or none that runs. */
  Stream<String> missing() {
    return REFERENCE.matcher(text).results().filter(name -> !isTest(name)).map(MatchResult::group);
  }

  private static boolean isDisabled(@Nullable Class<?> type) {
    return type != null
        && (type.isAnnotationPresent(Disabled.class) || isDisabled(type.getEnclosingClass()));
  }

  private static boolean isTest(MatchResult name) {
    try {
      return runs(
          Class.forName("dev.tallygate." + name.group(1) + "." + name.group(2).replace('.', '$')),
          name.group(3));
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Whether a class has a test of that name, and nobody has turned it off. */
  static boolean runs(Class<?> type, String test) {
    for (Method candidate : type.getDeclaredMethods()) {
      if (candidate.getName().equals(test)) {
        return (candidate.isAnnotationPresent(Test.class)
                || candidate.isAnnotationPresent(ParameterizedTest.class))
            && !candidate.isAnnotationPresent(Disabled.class)
            && !isDisabled(type);
      }
    }
    return false;
  }
}
