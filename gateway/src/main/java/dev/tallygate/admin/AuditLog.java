package dev.tallygate.admin;

import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A line for every change: who made it, from where, what and to which key, by its id; never a
 * secret, a name or a value.
 */
final class AuditLog {
  private static final Logger LOG = LoggerFactory.getLogger("tallygate.audit");

  /** A change that is about a key. */
  void changed(Call call, String action, String keyId) {
    changed(call, action, keyId, List.of());
  }

  /**
   * A change of a key's definition.
   *
   * @param fields which of its members were given, in this order
   */
  void changed(Call call, String action, String keyId, Collection<String> fields) {
    ofKey(call, action, keyId, fields).log("change");
  }

  /** The same, of a change that is written and not in force, or not yet. */
  void notInForce(Call call, String action, String keyId, Collection<String> fields) {
    ofKey(call, action, keyId, fields).addKeyValue("in_force", false).log("change");
  }

  /** A change that is about no key. */
  void changed(Call call, String action) {
    line(call, action).log("change");
  }

  /**
   * Somebody has shown a wrong token. Those beyond {@link WrongTokens#MOST} of an address or {@link
   * WrongTokens#MOST_TOLD} of all within a minute leave no line, so that guessing fills no disk.
   */
  void wrongToken(Request request, WrongTokens.Failure failure) {
    if (failure.ofAddress() <= WrongTokens.MOST && failure.ofAll() <= WrongTokens.MOST_TOLD) {
      String more =
          failure.ofAll() == WrongTokens.MOST_TOLD
              ? "; it was one of many, and further ones are not logged for up to a minute"
              : failure.ofAddress() == WrongTokens.MOST
                  ? "; further ones from its address are not logged for up to a minute"
                  : "";
      LOG.atWarn()
          .addKeyValue("address", request.from().getHostAddress())
          .log("wrong admin token" + more);
    }
  }

  private static LoggingEventBuilder ofKey(
      Call call, String action, String keyId, Collection<String> fields) {
    LoggingEventBuilder line = line(call, action).addKeyValue("key", keyId);
    return fields.isEmpty() ? line : line.addKeyValue("fields", String.join(",", fields));
  }

  private static LoggingEventBuilder line(Call call, String action) {
    return LOG.atInfo()
        .addKeyValue("action", action)
        .addKeyValue("by", call.caller().who())
        .addKeyValue("address", call.request().from().getHostAddress());
  }
}
