package dev.tallygate.admin;

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
    line(call, action).addKeyValue("key", keyId).log("change");
  }

  /**
   * A change of a key's definition.
   *
   * @param fields which of its members were given, in this order
   */
  void changed(Call call, String action, String keyId, Iterable<String> fields) {
    line(call, action)
        .addKeyValue("key", keyId)
        .addKeyValue("fields", String.join(",", fields))
        .log("change");
  }

  /** A change that is about no key. */
  void changed(Call call, String action) {
    line(call, action).log("change");
  }

  /** An address has shown so many wrong tokens that it has to wait. */
  void blocked(Request request) {
    LOG.atWarn()
        .addKeyValue("address", request.from().getHostAddress())
        .log("too many wrong admin tokens; the address has to wait a minute");
  }

  private static LoggingEventBuilder line(Call call, String action) {
    return LOG.atInfo()
        .addKeyValue("action", action)
        .addKeyValue("by", call.caller().who())
        .addKeyValue("address", call.request().from().getHostAddress());
  }
}
