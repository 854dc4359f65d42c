package dev.tallygate.tracing;

import dev.tallygate.route.RouteName;
import org.jspecify.annotations.Nullable;

/** What calls do, in the words of OpenTelemetry's conventions for generative AI. */
enum Operation {
  CHAT("chat"),
  TEXT_COMPLETION("text_completion"),
  EMBEDDINGS("embeddings");

  private final String word;

  Operation(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  /** What a call of a route does, or null where no model is asked anything. */
  static @Nullable Operation of(RouteName route) {
    return switch (route) {
      case CHAT_COMPLETIONS, MESSAGES, RESPONSES -> CHAT;
      case COMPLETIONS -> TEXT_COMPLETION;
      case EMBEDDINGS -> EMBEDDINGS;
      case COUNT_TOKENS,
          MODELS,
          FILES,
          IMAGES,
          AUDIO,
          OTHER_API,
          HEALTH,
          STATS,
          CACHE_STATS,
          ROOT,
          NONE ->
          null;
    };
  }
}
