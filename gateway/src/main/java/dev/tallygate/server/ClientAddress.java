package dev.tallygate.server;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where a client is, as far as clients are told apart: by address, in IPv6 by the first 64 bits of
 * it, since whoever has one such address has all that begin alike.
 *
 * @param bits the address, or its first half
 */
record ClientAddress(boolean v6, long bits) {
  /** Nobody's: what is not on a network. */
  static final ClientAddress NONE = new ClientAddress(false, 0);

  static ClientAddress of(@Nullable SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return NONE;
    }
    ByteBuffer address = ByteBuffer.wrap(inet.getAddress().getAddress());
    return address.remaining() == Integer.BYTES
        ? new ClientAddress(false, address.getInt())
        : new ClientAddress(true, address.getLong());
  }
}
