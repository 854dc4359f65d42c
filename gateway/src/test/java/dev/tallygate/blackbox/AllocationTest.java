package dev.tallygate.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.tallygate.testkit.KeyFiles;
import dev.tallygate.testkit.RunningGateway;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the event loops allocate for a plain call. The bound is a generous one, since code that is
 * not compiled yet allocates more than it will; the comparison ({@code ./bench}) tells the figure.
 */
class AllocationTest {
  private static final String KEY = "pk_user_12345";
  private static final int WARM_UP = 3_000;
  private static final int CALLS = 2_000;
  private static final long MOST_BYTES_PER_CALL = 12 * 1024;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
  @TempDir Path folder;
  private MeteredUpstream upstream;
  private long number;

  @BeforeEach
  void setUp() throws IOException {
    // It remembers where each buffer was touched, which is most of what would be counted.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    upstream = MeteredUpstream.atOnce();
    KeyFiles.in(folder).write(KeyFiles.key(KEY).id(KEY).model("*").limit(1L << 50));
  }

  @AfterEach
  void tearDown() throws IOException {
    upstream.close();
    ResourceLeakDetector.setLevel(level);
  }

  @Test
  void plainCall_allocatesAFewKilobytes() throws Exception {
    try (RunningGateway gateway =
            RunningGateway.start(
                folder, upstream.base(), upstream.base(), Map.of("ACCESS_LOG", "off"));
        MeteredClient client = MeteredClient.connect(gateway.uri("/"), KEY)) {
      call(client, WARM_UP);
      long before = allocatedByLoops();
      call(client, CALLS);
      long each = (allocatedByLoops() - before) / CALLS;
      System.out.printf("%d bytes allocated per plain call%n", each);
      assertThat(each).isPositive().isLessThan(MOST_BYTES_PER_CALL);
    }
  }

  private void call(MeteredClient client, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      MeteredClient.Answer answer = client.call(new MeteredCall(number++, MeteredCall.Shape.CHAT));
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }
  }

  private long allocatedByLoops() {
    long sum = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().startsWith("loop-")) {
        sum += threads.getThreadAllocatedBytes(thread.getThreadId());
      }
    }
    return sum;
  }
}
