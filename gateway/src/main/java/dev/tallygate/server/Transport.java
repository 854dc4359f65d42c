package dev.tallygate.server;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernel interface that moves the bytes. */
public enum Transport {
  IO_URING(IoUringServerSocketChannel.class, IoUringSocketChannel.class) {
    @Override
    IoHandlerFactory ioHandlers() {
      return IoUringIoHandler.newFactory();
    }

    @Override
    @Nullable Throwable obstacle() {
      // Read when IoUring is loaded, which is now. With a poll that stays armed, Netty 4.2.18 never
      // learns of a reset that came before its first read, and a client that left is served on.
      System.setProperty("io.netty.iouring.pollAddMultishotEnabled", "false");
      return IoUring.isAvailable() ? null : IoUring.unavailabilityCause();
    }
  },
  EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class) {
    @Override
    IoHandlerFactory ioHandlers() {
      return EpollIoHandler.newFactory();
    }

    @Override
    @Nullable Throwable obstacle() {
      return Epoll.isAvailable() ? null : Epoll.unavailabilityCause();
    }
  },
  NIO(NioServerSocketChannel.class, NioSocketChannel.class) {
    @Override
    IoHandlerFactory ioHandlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    @Nullable Throwable obstacle() {
      return null;
    }
  };

  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  private final Class<? extends ServerSocketChannel> serverChannel;
  private final Class<? extends SocketChannel> channel;

  Transport(
      Class<? extends ServerSocketChannel> serverChannel, Class<? extends SocketChannel> channel) {
    this.serverChannel = serverChannel;
    this.channel = channel;
  }

  /** Event loops on a transport that works here. */
  record Loops(Transport transport, MultiThreadIoEventLoopGroup group) {}

  /** What {@code auto} tries, best first. */
  public static List<Transport> byPreference() {
    return List.of(IO_URING, EPOLL, NIO);
  }

  /**
   * The first that works here. Starts an event loop and ends it again.
   *
   * @throws IOException when none works; the message gives each one's reason
   */
  public static Transport firstThatWorks(List<Transport> candidates) throws IOException {
    Loops loops = start(candidates, 1);
    var _ = loops.group().shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    return loops.transport();
  }

  /** Why this transport cannot be used here, or null when it seems it can. */
  abstract @Nullable Throwable obstacle();

  abstract IoHandlerFactory ioHandlers();

  Class<? extends ServerSocketChannel> serverChannel() {
    return serverChannel;
  }

  Class<? extends SocketChannel> channel() {
    return channel;
  }

  /**
   * Starts event loops on the first of {@code candidates} that works. A kernel may report io_uring
   * and a seccomp profile still refuse it, so a candidate counts only once its loops exist.
   *
   * @throws IOException when none works; the message gives each one's reason
   */
  static Loops start(List<Transport> candidates, int threads) throws IOException {
    List<String> obstacles = new ArrayList<>();
    for (Transport candidate : candidates) {
      Throwable obstacle = candidate.obstacle();
      if (obstacle == null) {
        try {
          return new Loops(
              candidate,
              new MultiThreadIoEventLoopGroup(
                  threads, new DefaultThreadFactory("loop"), candidate.ioHandlers()));
        } catch (RuntimeException | LinkageError e) {
          obstacle = e;
        }
      }
      LOG.debug("transport {} cannot be used", candidate, obstacle);
      obstacles.add(candidate + ": " + obstacle.getMessage());
    }
    throw new IOException(
        "no transport works here (" + String.join("; ", obstacles) + "); set TRANSPORT=auto");
  }
}
