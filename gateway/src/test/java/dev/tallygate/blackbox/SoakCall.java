package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.MESSAGES;

import java.util.Set;
import java.util.SplittableRandom;

/**
 * A call, and how it must end.
 *
 * @param statuses those that it may get
 * @param cut whether its answer breaks off
 */
record SoakCall(
    String method, String path, String key, String body, Set<Integer> statuses, boolean cut) {
  static final int KEYS = 20;

  /**
   * Any call.
   *
   * @param largest how long a body may be
   */
  static SoakCall any(SplittableRandom random, int largest) {
    String key = "pk_soak_" + random.nextInt(KEYS);
    String path = random.nextBoolean() ? CHAT : MESSAGES;
    return switch (random.nextInt(10)) {
      case 0 -> new SoakCall("GET", "/stats", key, "", Set.of(200), false);
      case 1 -> new SoakCall("POST", path, "pk_unknown", "{}", Set.of(401), false);
      case 2 -> new SoakCall("POST", path, key, "{\"not\": JSON", Set.of(400), false);
      case 3 -> {
        String text = "{\"t\":\"" + "x".repeat(largest - 8) + "\"}";
        yield new SoakCall("POST", path, key, text, Set.of(200), false);
      }
      default -> ofUpstream(path, key, random.nextBoolean(), SoakFault.any(random));
    };
  }

  /** One that is answered, if one waits for it. */
  static SoakCall good(SplittableRandom random) {
    return ofUpstream(
        CHAT, "pk_soak_" + random.nextInt(KEYS), random.nextBoolean(), SoakFault.NONE);
  }

  /** One whose head breaks the protocol. */
  static SoakCall broken(int status, boolean cut) {
    return new SoakCall("GET", "/", "", "", Set.of(status), cut);
  }

  private static SoakCall ofUpstream(String path, String key, boolean stream, SoakFault fault) {
    String body = "{\"stream\":" + stream + "," + fault.member() + ",\"messages\":[]}";
    return new SoakCall("POST", path, key, body, fault.statuses(), fault == SoakFault.BREAKS_OFF);
  }

  /** How it would have to end, for a message. */
  @Override
  public String toString() {
    String shown = body.length() > 100 ? body.length() + " bytes" : body;
    return method + " " + path + " " + shown + " -> " + statuses + (cut ? ", cut" : "");
  }
}
