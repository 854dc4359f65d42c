package dev.tallygate.blackbox;

import static dev.tallygate.blackbox.GatewayAndUpstream.CHAT;
import static dev.tallygate.blackbox.GatewayAndUpstream.KEY;
import static dev.tallygate.testkit.RawHttp2.RST_STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.Answers;
import dev.tallygate.testkit.RawHttp2;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many streams of one HTTP/2 connection, and what they count towards. */
@Tag("transport")
class Http2LoadTest {
  private static final String[] AUTHORIZED = {
    "authorization", "Bearer " + KEY, "content-type", "application/json"
  };

  @TempDir Path folder;

  @Test
  void callsBeyondTheMost_areRefused_alsoThoseOfOneConnection() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.startWithTls(folder, "MAX_CONNECTIONS", "2");
        RawHttp2 client = both.connectHttp2()) {
      both.upstream.always(connection -> {
        connection.stall();
        connection.send(Answers.json(200, "{\"served\":1}"));
      });
      client.post(1, CHAT, "{}", AUTHORIZED).post(3, CHAT, "{}", AUTHORIZED);
      both.upstream.awaitRequests(2);
      client.post(5, CHAT, "{}", AUTHORIZED);
      assertThat(client.readHead().status()).hasToString("503");
      assertThat(client.readBody(5)).contains("too_many_calls");
      both.upstream.release();
      assertThat(client.readBody(1)).isEqualTo("{\"served\":1}");
    }
  }

  @Test
  void troubleOfTheUpstream_doesNotEndAConnection() throws Exception {
    try (GatewayAndUpstream both = GatewayAndUpstream.startWithTls(folder);
        RawHttp2 client = both.connectHttp2()) {
      both.upstream.always(connection -> {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
        connection.closeAbruptly();
      });
      int calls = 300;
      for (int stream = 1; stream < 2 * calls; stream += 2) {
        client.post(stream, CHAT, "{}", AUTHORIZED);
        int mine = stream;
        client.readUntil(frame -> frame.stream() == mine && frame.type() == RST_STREAM);
      }
      both.upstream.always(Answers.json(200, "{\"well\":1}"));
      client.post(2 * calls + 1, CHAT, "{}", AUTHORIZED);
      assertThat(client.readBody(2 * calls + 1)).isEqualTo("{\"well\":1}");
    }
  }
}
