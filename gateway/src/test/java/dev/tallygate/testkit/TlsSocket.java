package dev.tallygate.testkit;

import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A connection that speaks TLS over one that is open already. */
final class TlsSocket {
  private TlsSocket() {}

  /** Shakes hands with {@code localhost} and agrees on a protocol (ALPN); throws on another one. */
  static SSLSocket over(Socket plain, SSLContext tls, String protocol) throws IOException {
    SSLSocket socket =
        (SSLSocket) tls.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout((int) Wire.PATIENCE.toMillis());
    socket.startHandshake();
    if (!protocol.equals(socket.getApplicationProtocol())) {
      throw new IOException("agreed on " + socket.getApplicationProtocol());
    }
    return socket;
  }
}
