package dev.tallygate.app.doctor;

import dev.tallygate.model.Ticker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Whether an upstream can be reached, step by step: its name, a connection, TLS, an answer to a
 * request without credentials. Any answer will do. Takes ten seconds at most.
 */
final class UpstreamCheck {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MOST_BYTES = 16 * 1024;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})\\b");
  private static final Pattern DATE = Pattern.compile("(?im)^date: *(.+?) *\\r?$");

  private final String setting;
  private final URI upstream;
  private final SSLSocketFactory tls;
  private final Ticker ticker;

  /**
   * What came of it.
   *
   * @param offByMillis how far this clock is ahead of the upstream's, roughly; null where it told
   *     no time
   */
  record Result(Finding finding, @Nullable Long offByMillis) {}

  /** A step that failed. */
  private static final class Failed extends Exception {
    private static final long serialVersionUID = 1;
    private final String advice;

    Failed(String detail, String advice) {
      super(detail);
      this.advice = advice;
    }
  }

  UpstreamCheck(String setting, URI upstream, SSLSocketFactory tls, Ticker ticker) {
    this.setting = setting;
    this.upstream = upstream;
    this.tls = tls;
    this.ticker = ticker;
  }

  /** Starts it. */
  FutureTask<Result> start() {
    Callable<Result> steps = this::steps;
    FutureTask<Result> task = new FutureTask<>(steps);
    Thread.ofPlatform().daemon().name("upstream-check").start(task);
    return task;
  }

  /** Waits for it, within its ten seconds. */
  Result result(FutureTask<Result> task) throws InterruptedException {
    try {
      return task.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return problem(
          "no answer from " + upstream.getHost() + " within " + PATIENCE.toSeconds() + " s",
          "look for a firewall or a proxy on the way");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private Result steps() {
    try (Socket socket = connect(resolve())) {
      Socket wire = "https".equals(upstream.getScheme()) ? secure(socket) : socket;
      return ask(wire);
    } catch (Failed e) {
      return problem(String.valueOf(e.getMessage()), e.advice);
    } catch (IOException e) {
      return problem(
          upstream.getHost() + " breaks the connection off: " + e.getMessage(),
          "is " + setting + " the address of an HTTP service?");
    }
  }

  private InetAddress resolve() throws Failed {
    try {
      return InetAddress.getByName(upstream.getHost());
    } catch (UnknownHostException e) {
      throw new Failed(
          "the name " + upstream.getHost() + " cannot be resolved",
          "check " + setting + " and this machine's name service");
    }
  }

  private Socket connect(InetAddress address) throws Failed {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(address, port()), (int) PATIENCE.toMillis());
      socket.setSoTimeout((int) PATIENCE.toMillis());
      return socket;
    } catch (IOException e) {
      close(socket);
      throw new Failed(
          "no connection to " + upstream.getHost() + " port " + port() + ": " + e.getMessage(),
          "check " + setting + ", and for a firewall or a proxy on the way");
    }
  }

  private Socket secure(Socket socket) throws Failed {
    try {
      SSLSocket secure = (SSLSocket) tls.createSocket(socket, upstream.getHost(), port(), true);
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      return secure;
    } catch (SSLException e) {
      throw new Failed(
          "no TLS with " + upstream.getHost() + ": " + e.getMessage(),
          "where its certificate is from an authority of your own, name it in UPSTREAM_CA_FILE");
    } catch (IOException e) {
      throw new Failed(
          "TLS with " + upstream.getHost() + " breaks off: " + e.getMessage(),
          "look for a proxy on the way");
    }
  }

  private Result ask(Socket wire) throws IOException, Failed {
    long began = ticker.nanos();
    String path = upstream.getRawPath();
    String request =
        "GET "
            + (path == null || path.isEmpty() ? "/" : path)
            + " HTTP/1.1\r\nHost: "
            + upstream.getRawAuthority()
            + "\r\nUser-Agent: tallygate-doctor\r\nConnection: close\r\n\r\n";
    wire.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    wire.getOutputStream().flush();
    String head = head(wire.getInputStream());
    Instant now = ticker.now();
    Matcher status = STATUS.matcher(head);
    if (!status.lookingAt()) {
      throw new Failed(
          upstream.getHost() + " does not answer in HTTP/1.1",
          "is " + setting + " the address of an HTTP service?");
    }
    long took = Duration.ofNanos(ticker.nanos() - began).toMillis();
    String over =
        wire instanceof SSLSocket secure ? " over " + secure.getSession().getProtocol() : "";
    return new Result(
        Finding.ok(
            check(),
            upstream.getHost()
                + " answers"
                + over
                + " in "
                + took
                + " ms (status "
                + status.group(1)
                + ", without credentials)"),
        offBy(head, now));
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    byte[] chunk = new byte[1024];
    while (head.size() < MOST_BYTES) {
      int n = in.read(chunk);
      if (n < 0) {
        break;
      }
      head.write(chunk, 0, n);
      String text = head.toString(StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        return text.substring(0, end);
      }
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static @Nullable Long offBy(String head, Instant now) {
    Matcher date = DATE.matcher(head);
    if (!date.find()) {
      return null;
    }
    try {
      Instant theirs =
          ZonedDateTime.parse(date.group(1), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Duration.between(theirs, now).toMillis();
    } catch (DateTimeException e) {
      return null;
    }
  }

  private Result problem(String detail, String advice) {
    return new Result(Finding.problem(check(), detail, advice), null);
  }

  private String check() {
    return setting.substring(0, setting.indexOf('_')).toLowerCase(Locale.ROOT) + " upstream";
  }

  private int port() {
    int port = upstream.getPort();
    return port >= 0 ? port : "https".equals(upstream.getScheme()) ? 443 : 80;
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it was never open
    }
  }
}
