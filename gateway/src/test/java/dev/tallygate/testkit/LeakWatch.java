package dev.tallygate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Collects what Netty's leak detector finds, so that a leak fails the test that made it. */
final class LeakWatch {
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();
  private static final int PROBES = 64;

  private LeakWatch() {}

  /** Takes effect only when called before the first buffer is allocated in this process. */
  static synchronized void install() {
    if (!(ResourceLeakDetectorFactory.instance() instanceof Collecting)) {
      ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Collecting());
    }
  }

  /** Fails when a buffer was dropped without being released. */
  static void check() {
    // A leak shows when the dropped buffer was collected and the next one is tracked.
    System.gc();
    for (int i = 0; i < PROBES; i++) {
      ByteBuf probe = ByteBufAllocator.DEFAULT.buffer(16);
      probe.release();
    }
    List<String> found = new ArrayList<>();
    for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
      found.add(leak); // taken out, so that it does not fail the tests that follow
    }
    assertThat(found).as("leaked buffers").isEmpty();
  }

  private static final class Collecting extends ResourceLeakDetectorFactory {
    @Override
    @SuppressWarnings("deprecation") // the method to override is the deprecated one
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval, long maxActive) {
      return new ResourceLeakDetector<>(resource, samplingInterval) {
        @Override
        protected void reportTracedLeak(String type, String records) {
          LEAKS.add(type + records);
        }

        @Override
        protected void reportUntracedLeak(String type) {
          LEAKS.add(type);
        }
      };
    }
  }
}
