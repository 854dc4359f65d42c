package dev.tallygate.usage;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A recorded-looking answer under {@code golden/} and what must be read from it. Where the gateway
 * may have to hide a chunk, {@code <name>.hidden.sse} is what the client then sees.
 */
public record Golden(
    String file, ApiFormat format, @Nullable TokenUsage usage, boolean ends, boolean hasHidden) {
  /** Event streams. */
  public static final List<Golden> STREAMS =
      List.of(
          openAi("openai-plain", null),
          openAi("openai-usage-chunk", usage(19, 0, 0, 7)).hiding(),
          openAi("openai-tools", usage(92, 64, 0, 18)).hiding(),
          openAi("openai-usage-with-choices", usage(13, 6, 0, 4)),
          openAi("openai-reasoning", usage(31, 30, 0, 58)),
          openAi("openai-usage-twice", usage(11, 0, 0, 3)).hiding(),
          openAi("openai-lines", usage(21, 0, 0, 9)).hiding(),
          openAi("openai-crlf", usage(21, 0, 0, 9)).hiding(),
          openAi("openai-cr", usage(21, 0, 0, 9)).hiding(),
          openAi("openai-unicode", usage(8, 0, 0, 12)).hiding(),
          openAi("openai-completions", usage(4, 0, 0, 6)).hiding(),
          openAi("openai-error", usage(5, 0, 0, 2)).broken(),
          openAi("responses-text", usage(37, 12, 0, 11)),
          openAi("responses-incomplete", usage(15, 0, 0, 2)),
          openAi("responses-function-call", usage(61, 0, 0, 23)),
          openAi("responses-failed", null),
          anthropic("anthropic-text", usage(25, 0, 0, 15)),
          anthropic("anthropic-tool-use", usage(472, 0, 0, 89)),
          anthropic("anthropic-zeros-first", usage(1152, 512, 0, 33)),
          anthropic("anthropic-cache", usage(4609, 3400, 1200, 12)),
          anthropic("anthropic-thinking", usage(44, 0, 0, 61)),
          anthropic("anthropic-data-only", usage(5, 0, 0, 2)),
          anthropic("anthropic-error", usage(30, 0, 0, 1)).broken());

  /** Answers that are one JSON document. */
  public static final List<Golden> DOCUMENTS =
      List.of(
          document("openai-chat", ApiFormat.OPENAI, usage(19, 16, 0, 10)),
          document("openai-embeddings", ApiFormat.OPENAI, usage(8, 0, 0, 0)),
          document("openai-total-only", ApiFormat.OPENAI, usage(154, 0, 0, 0)),
          document("openai-models", ApiFormat.OPENAI, null),
          document("openai-error", ApiFormat.OPENAI, null),
          document("responses", ApiFormat.OPENAI, usage(36, 20, 0, 87)),
          document("anthropic-message", ApiFormat.ANTHROPIC, usage(2058, 1800, 248, 54)),
          document("anthropic-count-tokens", ApiFormat.ANTHROPIC, null));

  static TokenUsage usage(long input, long cacheRead, long cacheWritten, long output) {
    return new TokenUsage(input, cacheRead, cacheWritten, output);
  }

  private static Golden openAi(String name, @Nullable TokenUsage usage) {
    return new Golden(name + ".sse", ApiFormat.OPENAI, usage, true, false);
  }

  private static Golden anthropic(String name, TokenUsage usage) {
    return new Golden(name + ".sse", ApiFormat.ANTHROPIC, usage, true, false);
  }

  private static Golden document(String name, ApiFormat format, @Nullable TokenUsage usage) {
    return new Golden(name + ".json", format, usage, true, false);
  }

  private Golden hiding() {
    return new Golden(file, format, usage, ends, true);
  }

  /** The stream stops without its own end. */
  private Golden broken() {
    return new Golden(file, format, usage, false, hasHidden);
  }

  /** The transcript as the upstream sends it. */
  public byte[] bytes() {
    return load(file);
  }

  /** What a client sees that did not ask for usage. */
  public byte[] hidden() {
    return hasHidden ? load(file.replace(".sse", ".hidden.sse")) : bytes();
  }

  /**
   * How many bytes of what the client sees come before the one that completes the stream; all where
   * it does not come to its own end.
   */
  int beforeEnd(byte[] seen) {
    if (!ends) {
      return seen.length;
    }
    String text = new String(seen, StandardCharsets.ISO_8859_1);
    int done = text.indexOf("[DONE]");
    return done < 0 ? text.lastIndexOf('}') : done + "[DONE".length();
  }

  @Override
  public String toString() {
    return file;
  }

  private static byte[] load(String file) {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/" + file)) {
      return Objects.requireNonNull(in, file).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
