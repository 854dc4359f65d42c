package dev.tallygate.usage;

import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.TokenUsage;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** The usage that a parsed document shows, looked up in its tree. */
final class TreeUsage {
  private static final Pattern COUNT = Pattern.compile("\\d+(\\.0*)?");
  private static final BigDecimal MOST = BigDecimal.valueOf(JsonScanner.MAX_NUMBER);

  private TreeUsage() {}

  static @Nullable TokenUsage of(JsonNode tree, ApiFormat format) {
    JsonNode usage = tree.path("usage");
    if (!usage.isObject()) {
      return null;
    }
    if (format == ApiFormat.ANTHROPIC) {
      long in = count(usage, "input_tokens");
      long read = count(usage, "cache_read_input_tokens");
      long written = count(usage, "cache_creation_input_tokens");
      long out = count(usage, "output_tokens");
      if (Math.max(Math.max(in, read), Math.max(written, out)) < 0) {
        return null;
      }
      long all = Math.max(0, in) + Math.max(0, read) + Math.max(0, written);
      return new TokenUsage(all, Math.max(0, read), Math.max(0, written), Math.max(0, out));
    }
    long in = Math.max(count(usage, "prompt_tokens"), count(usage, "input_tokens"));
    long out = Math.max(count(usage, "completion_tokens"), count(usage, "output_tokens"));
    long total = count(usage, "total_tokens");
    if (in < 0 && out < 0 && total < 0) {
      return null;
    }
    if (in < 0) {
      in = Math.max(0, total - Math.max(0, out));
    } else if (out < 0) {
      out = Math.max(0, total - in);
    }
    long cached =
        Math.max(
            count(usage.path("prompt_tokens_details"), "cached_tokens"),
            count(usage.path("input_tokens_details"), "cached_tokens"));
    return new TokenUsage(in, Math.min(in, Math.max(0, cached)), 0, Math.max(0, out));
  }

  /** The count, or -1 for none; some write 12.0. */
  private static long count(JsonNode object, String name) {
    JsonNode value = object.isObject() ? object.path(name) : MissingNode.getInstance();
    if (!value.isNumber() || !COUNT.matcher(value.toString()).matches()) {
      return -1;
    }
    BigDecimal count = new BigDecimal(value.toString());
    return count.compareTo(MOST) <= 0 ? count.longValueExact() : -1;
  }
}
