package dev.tallygate.route;

import dev.tallygate.model.ApiKey;
import dev.tallygate.route.ModelChoice.Chosen;
import dev.tallygate.route.ModelChoice.NoModel;
import dev.tallygate.route.ModelChoice.NotAllowed;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the model of a call: the key's own, else one of its allow-list, else the gateway's
 * default. {@code *} in any of these places means "as the client asks". Stateless.
 */
public final class ModelPolicy {
  private static final String AS_THE_CLIENT_ASKS = "*";

  /**
   * The model to splice into the body.
   *
   * <p>A key's {@code model} wins over whatever the client asks, and over its allow-list; with
   * {@code *} as its model, or with none, a key that has an allow-list leaves the client the choice
   * within it, the first being the default.
   *
   * @param requested what the body names; null or empty: nothing
   * @param defaultModel the model of keys that say nothing themselves, or {@code *}
   */
  public ModelChoice choose(ApiKey key, @Nullable String requested, String defaultModel) {
    String own = key.model();
    if (own != null && !own.equals(AS_THE_CLIENT_ASKS)) {
      return new Chosen(own);
    }
    if (!key.models().isEmpty()) {
      if (requested == null || requested.isEmpty()) {
        return namedOrNone(key.models().getFirst());
      }
      return listed(key, requested)
          ? new Chosen(requested)
          : new NotAllowed(requested, key.models());
    }
    if (own == null && !defaultModel.equals(AS_THE_CLIENT_ASKS)) {
      return new Chosen(defaultModel);
    }
    return namedOrNone(requested);
  }

  /**
   * Whether the key may use the model on a path where nothing is spliced: it has no allow-list, or
   * the model is on it, or is the key's own. A body that names no model is not held back.
   */
  public boolean allowed(ApiKey key, @Nullable String requested) {
    return requested == null
        || requested.isEmpty()
        || key.models().isEmpty()
        || listed(key, requested)
        || requested.equals(key.model());
  }

  private static ModelChoice namedOrNone(@Nullable String model) {
    return model == null || model.isEmpty() || model.equals(AS_THE_CLIENT_ASKS)
        ? new NoModel()
        : new Chosen(model);
  }

  private static boolean listed(ApiKey key, String requested) {
    return key.models().contains(requested) || key.models().contains(AS_THE_CLIENT_ASKS);
  }
}
