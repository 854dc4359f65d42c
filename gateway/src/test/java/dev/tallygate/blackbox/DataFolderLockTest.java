package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.testkit.GatewayProcess;
import dev.tallygate.testkit.KeyFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two gateways as processes of their own, on one data folder. */
class DataFolderLockTest {
  private static final String KEY = "pk_user_12345";
  private static final int FAILED = 1;

  @TempDir Path folder;
  @TempDir Path scratch;
  private MeteredUpstream upstream;
  private KeyFiles keys;

  @BeforeEach
  void setUp() throws IOException {
    upstream = MeteredUpstream.atOnce();
    keys = KeyFiles.in(folder).write(KeyFiles.key(KEY).id(KEY).model("*"));
  }

  @AfterEach
  void tearDown() throws IOException {
    upstream.close();
  }

  private GatewayProcess start() throws IOException {
    return GatewayProcess.start(keys.path(), scratch, upstream.base(), upstream.base());
  }

  private static void call(URI gateway, long number) throws IOException {
    try (MeteredClient client = MeteredClient.connect(gateway, KEY)) {
      assertThat(client.call(MeteredCall.any(number)).status()).isEqualTo(200);
    }
  }

  @Test
  void secondGateway_refusesToStartAndSaysWhy_theFirstGoesOn() throws Exception {
    try (GatewayProcess first = start()) {
      URI uri = first.awaitListening();
      call(uri, 1);
      try (GatewayProcess second = start()) {
        assertThat(second.awaitEnd()).isEqualTo(FAILED);
        assertThat(second.output())
            .contains(
                "Tallygate could not start: another gateway (process " + first.pid() + ")",
                folder.toRealPath().toString(),
                "DATA_FILE")
            .doesNotContain("listening", "\tat ");
      }
      call(uri, 2);
      assertThat(first.terminate()).isZero();
    }
    assertThat(RecordedUsage.in(folder).get(KEY))
        .isEqualTo(RecordedUsage.NONE.plus(MeteredCall.any(1)).plus(MeteredCall.any(2)));
  }

  @Test
  void killedGateway_leavesTheFolderFreeForTheNextOne() throws Exception {
    try (GatewayProcess first = start()) {
      call(first.awaitListening(), 1);
      first.kill();
    }
    try (GatewayProcess second = start()) {
      call(second.awaitListening(), 2);
      assertThat(second.terminate()).isZero();
    }
    assertThat(RecordedUsage.in(folder).get(KEY))
        .isEqualTo(RecordedUsage.NONE.plus(MeteredCall.any(1)).plus(MeteredCall.any(2)));
  }
}
