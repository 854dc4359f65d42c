package dev.tallygate.proxy;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Resolves upstream names as the rest of the machine does (hosts file, search domains, the JDK's
 * cache), on threads of its own: Netty's default would do it on the event loop and stop every call
 * there while a name server is slow.
 */
final class OffLoopResolver extends AddressResolverGroup<InetSocketAddress> {
  private static final int THREADS = 2;
  private static final long IDLE_SECONDS = 30;

  private final Executor threads = threads();

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor loop) {
    return new NameResolver(loop).asAddressResolver();
  }

  private static Executor threads() {
    // Platform threads: a look-up blocks in native code, which would hold a virtual thread's
    // carrier.
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("resolve-", 0).factory());
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private final class NameResolver extends InetNameResolver {
    NameResolver(EventExecutor loop) {
      super(loop);
    }

    @Override
    protected void doResolve(String host, Promise<InetAddress> promise) {
      resolve(() -> InetAddress.getByName(host), promise);
    }

    @Override
    protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
      resolve(() -> List.of(InetAddress.getAllByName(host)), promise);
    }

    private <T> void resolve(Callable<T> lookup, Promise<T> promise) {
      threads.execute(() -> {
        try {
          promise.trySuccess(lookup.call());
        } catch (UnknownHostException e) {
          promise.tryFailure(e);
        } catch (Exception e) {
          promise.tryFailure(new UnknownHostException(e.toString()));
        }
      });
    }
  }
}
