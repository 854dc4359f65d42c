package dev.tallygate.keys;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a key's present secret has to expect of a new one.
 *
 * @param grace how long it is accepted beside the new one; zero: not at all
 * @param endsPrevious whether a secret that is still in the grace of an earlier rotation may end
 *     now: a key has two secrets at most
 */
public record Rotation(Duration grace, boolean endsPrevious) {
  /** The fields of it. */
  public static final Set<String> FIELDS = Set.of("grace_seconds", "end_previous");

  /** The longest grace. */
  public static final Duration LONGEST_GRACE = Duration.ofDays(366);

  /** Somebody was promised more time for a secret. Stackless: it is an answer, not a bug. */
  public static final class PreviousInGraceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private PreviousInGraceException(Instant until) {
      super(refusal(until, "end_previous"), null, false, false);
    }
  }

  /**
   * Reads it.
   *
   * @throws BadFieldsException when anything is wrong with any field
   */
  public static Rotation of(JsonFields fields) {
    Long seconds = fields.integer("grace_seconds", 0, LONGEST_GRACE.toSeconds());
    Boolean ends = fields.bool("end_previous");
    fields.check();
    return new Rotation(Duration.ofSeconds(seconds == null ? 0 : seconds), ends != null && ends);
  }

  /** What {@link #of} reads. */
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("grace_seconds", grace.toSeconds());
    if (endsPrevious) {
      json.put("end_previous", true);
    }
    return json;
  }

  /** Whether a secret that is still in the grace of an earlier rotation ends as was asked for. */
  public boolean mayEndPrevious() {
    return grace.isZero() || endsPrevious;
  }

  /**
   * Why a rotation is refused that may not.
   *
   * @param until when that grace ends
   * @param word what says that it may, where the rotation was asked for
   */
  public static String refusal(Instant until, String word) {
    return "the secret from before the last rotation works until "
        + until.truncatedTo(ChronoUnit.SECONDS)
        + " and would end now, as a key has two secrets at most; say "
        + word
        + " if it may";
  }

  /**
   * The definition with a new secret. Without a grace everything older ends, as was asked for.
   *
   * @throws PreviousInGraceException when that would end more than the present secret
   */
  public ApiKey of(ApiKey key, KeyDigest secret, Instant now) {
    Instant graceEnds = KeyJson.graceEnds(key, now);
    if (graceEnds != null && !mayEndPrevious()) {
      throw new PreviousInGraceException(graceEnds);
    }
    Instant until = grace.isZero() ? null : now.truncatedTo(ChronoUnit.MILLIS).plus(grace);
    return new KeyDraft(key).rotate(secret, until).key();
  }
}
