package dev.tallygate.admin;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.KeyDigest;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names a state of a key's definition, so that whoever changes it can say which state they saw.
 * What the key has used is no part of it, or no change would ever go through while it is in use.
 */
final class EntityTag {
  private static final int DIGITS = 32;

  private EntityTag() {}

  /** The tag, quotes included, as it goes into headers. */
  static String of(ApiKey key) {
    List<String> parts = new ArrayList<>();
    parts.add(key.id());
    parts.add(key.digest().hex());
    parts.add(key.name());
    parts.add(String.valueOf(key.model()));
    parts.add(String.valueOf(key.model() == null));
    parts.add(Integer.toString(key.models().size()));
    parts.addAll(key.models());
    parts.add(Long.toString(key.tokenLimitPer5h()));
    parts.add(String.valueOf(key.requestsPerMinute()));
    parts.add(String.valueOf(key.maxConcurrent()));
    parts.add(key.expiresAt().toString());
    parts.add(String.valueOf(key.createdAt()));
    parts.add(Boolean.toString(key.disabled()));
    parts.add(key.upstreamKey() == null ? "" : key.upstreamKey().reveal());
    parts.add(key.quotaMode().name());
    ApiKey.Previous previous = key.previous();
    if (previous != null) {
      parts.add(previous.digest().hex());
      parts.add(previous.validUntil().toString());
    }
    StringBuilder text = new StringBuilder();
    parts.forEach(part -> text.append(part.length()).append(':').append(part));
    return '"' + KeyDigest.of(text.toString()).hex().substring(0, DIGITS) + '"';
  }

  /**
   * Lets a change pass that was meant for this state, or says of none for which.
   *
   * @throws Problem.Refused when it was meant for another
   */
  static void require(@Nullable String ifMatch, ApiKey key) {
    if (ifMatch == null || ifMatch.strip().equals("*")) {
      return;
    }
    String tag = of(key);
    boolean meant = Arrays.stream(ifMatch.split(",", -1)).map(String::strip).anyMatch(tag::equals);
    if (!meant) {
      throw Problem.of(
              412,
              "The key was changed since it was read. Read it again, and make the change to what it"
                  + " is now.")
          .with(HttpHeaderNames.ETAG.toString(), tag)
          .refused();
    }
  }
}
