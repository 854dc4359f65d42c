package dev.tallygate.route;

/**
 * What requests are counted under: one of a fixed few, whatever path a client makes up.
 *
 * <p>Of the API, those that most calls go to have a name of their own; the rest share one.
 */
public enum RouteName {
  CHAT_COMPLETIONS("/v1/chat/completions"),
  COMPLETIONS("/v1/completions"),
  RESPONSES("/v1/responses"),
  MESSAGES("/v1/messages"),
  COUNT_TOKENS("/v1/messages/count_tokens"),
  EMBEDDINGS("/v1/embeddings"),
  MODELS("/v1/models"),
  FILES("/v1/files"),
  IMAGES("/v1/images"),
  AUDIO("/v1/audio"),
  OTHER_API("/v1/*"),
  HEALTH("/health"),
  STATS("/stats"),
  CACHE_STATS("/cache-stats"),
  ROOT("/"),
  /** Nothing is served there, or not by that method. */
  NONE("none");

  private final String label;

  RouteName(String label) {
    this.label = label;
  }

  /** The path that stands for it. */
  public String label() {
    return label;
  }

  /** The name of an API call, by its path below {@code /v1/} in the one spelling. */
  static RouteName ofEndpoint(String endpoint) {
    return switch (endpoint) {
      case "chat/completions" -> CHAT_COMPLETIONS;
      case "completions" -> COMPLETIONS;
      case "responses" -> RESPONSES;
      case "messages" -> MESSAGES;
      case "messages/count_tokens" -> COUNT_TOKENS;
      case "embeddings" -> EMBEDDINGS;
      default -> ofFolder(endpoint);
    };
  }

  private static RouteName ofFolder(String endpoint) {
    int slash = endpoint.indexOf('/');
    return switch (slash < 0 ? endpoint : endpoint.substring(0, slash)) {
      case "models" -> MODELS;
      case "files" -> FILES;
      case "images" -> IMAGES;
      case "audio" -> AUDIO;
      default -> OTHER_API;
    };
  }

  /** The name of an endpoint that the gateway answers itself, by its path. */
  public static RouteName ofOwn(String path) {
    return switch (path) {
      case "/health" -> HEALTH;
      case "/stats" -> STATS;
      case "/cache-stats", "/cache/stats" -> CACHE_STATS;
      default -> ROOT;
    };
  }
}
