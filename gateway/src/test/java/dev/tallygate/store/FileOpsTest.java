package dev.tallygate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileOpsTest {
  private final FileOps ops = new FileOps();
  @TempDir Path folder;

  @Test
  void nameAnew_leavesWhatIsThere() throws Exception {
    Path theirs = Files.writeString(folder.resolve("keys"), "theirs");
    Path ours = Files.writeString(folder.resolve("temporary"), "ours");
    assertThatExceptionOfType(FileAlreadyExistsException.class)
        .isThrownBy(() -> ops.nameAnew(ours, theirs));
    assertThat(theirs).hasContent("theirs");
    ops.nameAnew(ours, folder.resolve("new"));
    assertThat(folder.resolve("new")).hasContent("ours");
  }

  @Test
  void nameAnew_ofTwoAtOnce_letsOneThrough() throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int i = 0; i < 200; i++) {
        Path target = folder.resolve("keys" + i);
        List<Callable<Boolean>> both =
            List.of(named("a" + i, target, together), named("b" + i, target, together));
        int through = 0;
        for (Future<Boolean> each : threads.invokeAll(both)) {
          through += each.get() ? 1 : 0;
        }
        assertThat(through).isOne();
      }
    }
  }

  private Callable<Boolean> named(String name, Path target, CyclicBarrier together)
      throws Exception {
    Path file = Files.writeString(folder.resolve(name), name);
    return () -> {
      var _ = together.await(10, TimeUnit.SECONDS);
      try {
        ops.nameAnew(file, target);
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      }
    };
  }
}
