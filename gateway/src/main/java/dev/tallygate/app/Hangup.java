package dev.tallygate.app;

import java.io.FileInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP. Left to itself it would end the process. By custom it tells a server to reload; but it
 * also comes when the terminal is closed that the process was started in, and then it ends it as
 * ever.
 *
 * <p>Signals are no part of Java's API. What the JDK has instead is found by reflection, since the
 * compiler lets nobody name it without a warning; where it is missing, SIGHUP stays what it was.
 */
final class Hangup {
  private static final Logger LOG = LoggerFactory.getLogger(Hangup.class);

  /** What a shell reports of a process that has ended by it. */
  private static final int ENDED_BY_SIGHUP = 128 + 1;

  private final Runnable reload;
  private final boolean inTerminal = hasTerminal();

  private Hangup(Runnable reload) {
    this.reload = reload;
  }

  /** From now on the signal runs this, on a thread of its own. */
  static void runs(Runnable reload) {
    try {
      new Hangup(reload).register();
    } catch (ReflectiveOperationException | RuntimeException e) {
      @Nullable Throwable reason = e instanceof InvocationTargetException it ? it.getCause() : e;
      LOG.info("SIGHUP is not available here, nothing can be reloaded: {}", String.valueOf(reason));
    }
  }

  private void register() throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object ours =
        Proxy.newProxyInstance(
            handler.getClassLoader(),
            new Class<?>[] {handler},
            (self, method, arguments) -> {
              if (method.getDeclaringClass() == handler) {
                arrived();
                return null;
              }
              return method.invoke(this, arguments);
            });
    Object hup = signal.getConstructor(String.class).newInstance("HUP");
    signal.getMethod("handle", signal, handler).invoke(null, hup, ours);
  }

  private void arrived() {
    if (inTerminal && !hasTerminal()) {
      Runtime.getRuntime().exit(ENDED_BY_SIGHUP);
    } else {
      reload.run();
    }
  }

  /** Whether the process belongs to a terminal that is still there. */
  private static boolean hasTerminal() {
    try (FileInputStream terminal = new FileInputStream("/dev/tty")) {
      return terminal.getFD().valid();
    } catch (IOException e) {
      return false;
    }
  }
}
