package dev.tallygate.testkit;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Tests in a browser. Where there is none they are left out, which a file in {@code target} says,
 * for the build to say it where people look.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("browser")
@ExtendWith(NeedsChromium.Condition.class)
public @interface NeedsChromium {

  /** Looks for the browser and its driver. */
  final class Condition implements ExecutionCondition {
    private static final Path NOTE = Path.of("target", "left-out.txt");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (Browser.isInstalled()) {
        return ConditionEvaluationResult.enabled("Chromium is here");
      }
      String reason =
          "Chromium and its driver are not on the PATH: the web pages were NOT tested in a browser"
              + " (packages chromium and chromium-driver on Debian)";
      try {
        Files.writeString(NOTE, reason);
      } catch (IOException e) {
        throw new IllegalStateException(reason + "; nor can " + NOTE + " be written", e);
      }
      return ConditionEvaluationResult.disabled(reason);
    }
  }
}
