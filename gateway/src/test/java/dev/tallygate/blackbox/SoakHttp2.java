package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.testkit.RawHttp2.DATA;
import static dev.tallygate.testkit.RawHttp2.END_HEADERS;
import static dev.tallygate.testkit.RawHttp2.END_STREAM;
import static dev.tallygate.testkit.RawHttp2.GOAWAY;
import static dev.tallygate.testkit.RawHttp2.HEADERS;
import static dev.tallygate.testkit.RawHttp2.RST_STREAM;

import dev.tallygate.testkit.RawHttp2;
import dev.tallygate.testkit.RawHttp2.Frame;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** A connection of HTTP/2: some streams at the same time, and again, until one side ends it. */
final class SoakHttp2 {
  private static final int CANCEL = 8;
  private static final int AT_ONCE = 4;

  // So that those at once fit into the window that a connection begins with.
  private static final int LARGEST_BODY = 15_000;

  private final RawHttp2 client;
  private final SplittableRandom random;
  private final SoakTally tally;
  private final Map<Integer, SoakCall> open = new HashMap<>();
  private final Map<Integer, Integer> statuses = new HashMap<>();
  private int next = 1;

  SoakHttp2(RawHttp2 client, SplittableRandom random, SoakTally tally) {
    this.client = client;
    this.random = random;
    this.tally = tally;
  }

  /** Makes some calls; false when the connection is of no more use. */
  boolean calls() throws IOException {
    switch (random.nextInt(24)) {
      case 0 -> leave();
      case 1 -> {
        leave();
        client.closeAbruptly();
      }
      case 2 -> breakTheConnection();
      default -> {
        for (int i = random.nextInt(AT_ONCE); i >= 0; i--) {
          begin();
        }
        end();
        return true;
      }
    }
    return false;
  }

  private void begin() throws IOException {
    switch (random.nextInt(12)) {
      case 0 -> {
        send(SoakCall.good(random));
        open.remove(next);
        client.reset(next, CANCEL);
        tally.left();
      }
      case 1 -> {
        open.put(next, SoakCall.broken(0, true));
        client.get(next, "/", "connection", "close");
      }
      default -> send(SoakCall.any(random, LARGEST_BODY));
    }
    next += 2;
  }

  private void send(SoakCall call) throws IOException {
    open.put(next, call);
    String bearer = "Bearer " + call.key();
    if (call.method().equals("GET")) {
      client.get(next, call.path(), "authorization", bearer);
    } else {
      client.post(next, call.path(), call.body(), "authorization", bearer);
    }
  }

  /** Reads until all have ended. */
  private void end() throws IOException {
    int taken = 0;
    while (!open.isEmpty()) {
      Frame frame = client.readUntil(each -> true);
      if (frame.type() == DATA) {
        taken += frame.payload().length;
      } else if (frame.type() == HEADERS) {
        statuses.put(frame.stream(), Integer.parseInt(frame.head().status().toString()));
      }
      if (frame.type() == RST_STREAM || frame.endsStream()) {
        ended(frame);
      }
    }
    statuses.clear();
    if (taken > 0) {
      client.grant(0, taken);
    }
  }

  private void ended(Frame last) {
    SoakCall call = open.remove(last.stream());
    // One that was answered before it was sent whole is reset besides.
    if (call != null) {
      tally.ended(call, statuses.getOrDefault(last.stream(), 0), last.type() != RST_STREAM);
    }
  }

  private void leave() throws IOException {
    for (int i = 0; i < AT_ONCE; i++) {
      send(SoakCall.good(random));
      open.clear();
      next += 2;
      tally.left();
    }
    client.readUntil(frame -> frame.type() == HEADERS);
  }

  private void breakTheConnection() throws IOException {
    client.frame(HEADERS, END_HEADERS | END_STREAM, 2, RawHttp2.head("GET", CHAT));
    client.readUntil(frame -> frame.type() == GOAWAY);
    client.awaitEnd();
  }

  /** What it is at. */
  @Override
  public String toString() {
    return "HTTP/2: " + open;
  }
}
