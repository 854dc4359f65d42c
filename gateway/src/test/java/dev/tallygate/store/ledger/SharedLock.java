package dev.tallygate.store.ledger;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A process that shares the lock of a folder until its standard input ends. */
final class SharedLock {
  private SharedLock() {}

  public static void main(String[] args) throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ);
        FileLock _ = channel.lock(0, Long.MAX_VALUE, true)) {
      System.out.println("held");
      System.in.readAllBytes();
    }
  }
}
