package dev.tallygate.proxy;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends what was written when the event loop has done with the events of its turn, rather than
 * piece by piece: a write wakes whoever waits for it, who would then get the processor, and the
 * caches, in the middle of the next message. Confined to the event loop.
 */
public final class Flushes {
  private final EventLoop loop;
  private List<Channel> pending = new ArrayList<>();
  private List<Channel> flushing = new ArrayList<>();

  Flushes(EventLoop loop) {
    this.loop = loop;
  }

  /** Flushes the channel at the end of the turn. */
  public void later(Channel channel) {
    if (pending.isEmpty()) {
      loop.execute(this::flush);
    }
    pending.add(channel);
  }

  private void flush() {
    List<Channel> now = pending;
    pending = flushing;
    flushing = now;
    for (Channel channel : now) {
      channel.flush();
    }
    now.clear();
  }
}
