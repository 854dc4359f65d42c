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

/**
 * Resolves upstream names as the rest of the machine does (hosts file, search domains, the JDK's
 * cache), on a virtual thread: Netty's default would do it on the event loop and stop every call
 * there while a name server is slow.
 */
final class OffLoopResolver extends AddressResolverGroup<InetSocketAddress> {

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new NameResolver(executor).asAddressResolver();
  }

  private static final class NameResolver extends InetNameResolver {
    NameResolver(EventExecutor executor) {
      super(executor);
    }

    @Override
    protected void doResolve(String host, Promise<InetAddress> promise) {
      Thread.startVirtualThread(() -> {
        try {
          promise.setSuccess(InetAddress.getByName(host));
        } catch (UnknownHostException e) {
          promise.setFailure(e);
        }
      });
    }

    @Override
    protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
      Thread.startVirtualThread(() -> {
        try {
          promise.setSuccess(List.of(InetAddress.getAllByName(host)));
        } catch (UnknownHostException e) {
          promise.setFailure(e);
        }
      });
    }
  }
}
