package dev.tallygate.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitHeadersTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT0.001S, 1s",
    "PT59S, 59s",
    "PT59.001S, 1m0s",
    "PT1M1S, 1m1s",
    "PT1H, 1h0m0s",
    "PT1H0M9S, 1h0m9s",
    "PT4H59M59.5S, 5h0m0s"
  })
  void duration_isInWholeSeconds_roundedUp(Duration reset, String text) {
    HeadWriter out = new HeadWriter();
    RateLimitHeaders.duration(reset, out);
    ByteBuf written = Unpooled.buffer();
    out.copyTo(written);
    assertThat(written.toString(StandardCharsets.US_ASCII)).isEqualTo(text);
  }
}
