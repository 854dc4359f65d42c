package dev.tallygate.store;

import dev.tallygate.auth.KeyStore.ChangeListener;
import dev.tallygate.model.KeyDigest;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of keys that the listeners have yet to hear of. Thread-safe.
 *
 * <p>Whoever finds a change, a look-up perhaps, only adds it; whoever delivers calls the listeners.
 * One thread at a time does, so that they hear of one change after the other, in the order in which
 * these were added. No other lock is held meanwhile, so a listener may look keys up.
 */
final class ChangeNotices {
  private static final Logger log = LoggerFactory.getLogger(ChangeNotices.class);

  private record Notice(Set<KeyDigest> digests, long revision) {}

  private final Runnable wake;
  private final List<ChangeListener> listeners = new CopyOnWriteArrayList<>();
  private final Queue<Notice> waiting = new ConcurrentLinkedQueue<>();
  private final ReentrantLock delivery = new ReentrantLock();

  /**
   * Begins with nothing to tell.
   *
   * @param wake is run with each change: somebody should deliver it soon
   */
  ChangeNotices(Runnable wake) {
    this.wake = wake;
  }

  void addListener(ChangeListener listener) {
    listeners.add(listener);
  }

  /** In the order of revisions, which the reader's lock sees to. */
  void add(Set<KeyDigest> changed, long revision) {
    waiting.add(new Notice(Set.copyOf(changed), revision));
    wake.run();
  }

  /** Returns when the listeners have heard of all changes, also those that another thread tells. */
  void deliver() {
    delivery.lock();
    try {
      for (Notice notice = waiting.poll(); notice != null; notice = waiting.poll()) {
        tell(notice);
      }
    } finally {
      delivery.unlock();
    }
  }

  private void tell(Notice notice) {
    for (ChangeListener listener : listeners) {
      try {
        listener.changed(notice.digests(), notice.revision());
      } catch (RuntimeException e) {
        log.error("a listener failed on a change of keys", e);
      }
    }
  }
}
