package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;

import dev.tallygate.testkit.RawClient;
import dev.tallygate.testkit.RawResponse;
import java.io.IOException;
import java.util.SplittableRandom;

/** A connection of HTTP/1.1, with TLS or without: call after call, until one side ends it. */
final class SoakHttp1 {
  private static final int LARGEST_BODY = 200_000;

  private final RawClient client;
  private final SplittableRandom random;
  private final SoakTally tally;
  private String now = "connected";

  SoakHttp1(RawClient client, SplittableRandom random, SoakTally tally) {
    this.client = client;
    this.random = random;
    this.tally = tally;
  }

  /** Makes one call; false when the connection is of no more use. */
  boolean call() throws IOException {
    switch (random.nextInt(24)) {
      case 0, 1 -> leaveWithinAnAnswer();
      case 2, 3 -> leaveBeforeAnAnswer();
      case 4, 5 -> leaveWithinAHead();
      case 6, 7 -> {
        return breakAHead();
      }
      default -> {
        return call(SoakCall.any(random, LARGEST_BODY));
      }
    }
    tally.left();
    return false;
  }

  private boolean call(SoakCall call) throws IOException {
    send(call);
    return end(call);
  }

  private void send(SoakCall call) throws IOException {
    now = call.toString();
    client.request(call.method(), call.path(), call.body(), "Authorization: Bearer " + call.key());
  }

  private boolean end(SoakCall call) throws IOException {
    RawResponse answer = client.readResponse();
    tally.ended(call, answer.status(), answer.whole());
    return answer.whole() && !"close".equalsIgnoreCase(answer.header("connection"));
  }

  private void leaveWithinAnAnswer() throws IOException {
    send(SoakCall.good(random));
    client.readHead();
  }

  private void leaveBeforeAnAnswer() throws IOException {
    send(SoakCall.good(random));
    client.closeAbruptly();
  }

  private void leaveWithinAHead() throws IOException {
    now = "half a head";
    client.send("POST " + CHAT + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Le");
  }

  private boolean breakAHead() throws IOException {
    SoakCall broken = SoakCall.broken(400, false);
    now = broken.toString();
    client.send("GET / HTTP/1.1\r\nbroken header\r\n\r\n");
    return end(broken);
  }

  /** What it is at. */
  @Override
  public String toString() {
    return "HTTP/1.1: " + now;
  }
}
