package dev.tallygate.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tallygate.model.ApiFormat;
import dev.tallygate.model.Ticker;
import dev.tallygate.model.TokenUsage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An LLM provider in miniature, on loopback: OpenAI's and Anthropic's APIs with made-up answers and
 * exact, repeatable token counts.
 *
 * <p>Below {@link #openAiBase()}: {@code chat/completions}, {@code completions}, {@code responses},
 * {@code embeddings}, {@code models}; below {@link #anthropicBase()}: {@code v1/messages} and
 * {@code v1/messages/count_tokens}. The model is echoed, whatever its name. What a request can ask
 * for:
 *
 * <ul>
 *   <li>{@code words=250} in the user's message: an answer of so many tokens;
 *   <li>{@link #TOOL_TRIGGER} in the user's message: a call of the first tool on offer;
 *   <li>model, or header {@link #ERROR_HEADER}, {@code error-429} or {@code error-zai-1302}: that
 *       error, in the vendor's or in Z.AI's shape.
 * </ul>
 *
 * <p>Credentials are checked strictly: {@code Authorization: Bearer}, or {@code x-api-key} on
 * Anthropic's paths (whose SDKs send the one or the other), and no unknown credential beside it.
 * Every connection has a virtual thread; all methods may be called from any thread.
 */
public final class SimulatedUpstream implements AutoCloseable {
  /** A word in the user's message that makes the model call a tool. */
  public static final String TOOL_TRIGGER = "weather";

  /** A request header that asks for an error, where the model's name cannot. */
  public static final String ERROR_HEADER = "x-simulate-error";

  /** The models that are listed; calls may name any other as well. */
  public static final List<String> MODELS = List.of("glm-4.7", "glm-4.5-air", "glm-4.5-flash");

  static final JsonMapper JSON = new JsonMapper();

  private static final String OPENAI_PATH = "/api/paas/v4";
  private static final String ANTHROPIC_PATH = "/api/anthropic";
  private static final int MAX_BODY_BYTES = 64 << 20;
  private static final int BACKLOG = 4096;

  static {
    // The JDK's server reads these once, at its first use. Without the first, small answers wait
    // for
    // the peer's delayed acknowledgement; without the second, it closes pooled connections early.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "20000");
  }

  private final HttpServer server;
  private final ExecutorService threads;
  private final Set<String> credentials;
  private final Behaviour behaviour;
  private final Ticker ticker;
  private final Tally tally = new Tally();
  private final AtomicLong responses = new AtomicLong();

  private SimulatedUpstream(
      HttpServer server, Set<String> credentials, Behaviour behaviour, Ticker ticker) {
    this.server = server;
    this.threads = Executors.newVirtualThreadPerTaskExecutor();
    this.credentials = Set.copyOf(credentials);
    this.behaviour = behaviour;
    this.ticker = ticker;
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Starts one on a free port that accepts a single credential and answers at once. */
  public static SimulatedUpstream start(String masterKey) throws IOException {
    return start(0, Set.of(masterKey), Behaviour.PROMPT, Ticker.system());
  }

  /**
   * Starts one on loopback.
   *
   * @param port 0 for a free one
   * @param credentials the keys it accepts
   * @param ticker dates the answers; pauses are real time
   * @throws IOException when the port is taken
   */
  public static SimulatedUpstream start(
      int port, Set<String> credentials, Behaviour behaviour, Ticker ticker) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return new SimulatedUpstream(
        HttpServer.create(address, BACKLOG), credentials, behaviour, ticker);
  }

  Behaviour behaviour() {
    return behaviour;
  }

  /** Where it listens. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** What {@code OPENAI_UPSTREAM_URL} is set to. */
  public URI openAiBase() {
    return URI.create("http://127.0.0.1:" + port() + OPENAI_PATH);
  }

  /** What {@code ANTHROPIC_UPSTREAM_URL} is set to. */
  public URI anthropicBase() {
    return URI.create("http://127.0.0.1:" + port() + ANTHROPIC_PATH);
  }

  /** What was served up to now. A call counts before its last byte is sent. */
  public Served served() {
    return tally.snapshot();
  }

  /** Stops at once; calls that are running break off. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  // Closed only on success: closing would end a broken-off stream as if it were whole. When this
  // throws, the server drops the connection.
  private void handle(HttpExchange http) throws IOException {
    String path = http.getRequestURI().getRawPath();
    ApiFormat format = path.startsWith(ANTHROPIC_PATH) ? ApiFormat.ANTHROPIC : ApiFormat.OPENAI;
    Request request = new Request(http, format, responses.incrementAndGet());
    try {
      byte[] body = http.getRequestBody().readNBytes(MAX_BODY_BYTES);
      VendorError error = answer(request, path, body);
      if (error != null) {
        tally.refused();
        request.refuse(error);
      }
      http.close();
    } catch (IOException e) {
      tally.abandoned();
      throw e;
    }
  }

  /** Answers, or returns the error to answer with. */
  private @Nullable VendorError answer(Request request, String path, byte[] bytes)
      throws IOException {
    VendorError refusal = checkCredentials(request);
    if (refusal != null) {
      return refusal;
    }
    boolean openAi = request.format() == ApiFormat.OPENAI;
    String base = openAi ? OPENAI_PATH : ANTHROPIC_PATH;
    if (!path.startsWith(base + "/")) {
      return noSuchPath(path);
    }
    String endpoint = path.substring(base.length());
    if (openAi && (endpoint + "/").startsWith("/models/")) {
      return models(request, endpoint.substring("/models".length()));
    }
    if (!request.method().equals("POST")) {
      return VendorError.of(405, "Not allowed here: " + request.method() + ".");
    }
    JsonNode body;
    try {
      body = JSON.readTree(bytes);
    } catch (JacksonException e) {
      return VendorError.of(400, "The body is not JSON.");
    }
    Prompt prompt = Prompt.of(body);
    VendorError problem = problem(request, body, prompt);
    if (problem != null) {
      return problem;
    }
    switch (openAi ? endpoint : "anthropic" + endpoint) {
      case "/chat/completions" -> complete(request, new CompletionsFormat(true), prompt);
      case "/completions" -> complete(request, new CompletionsFormat(false), prompt);
      case "/responses" -> complete(request, new ResponsesFormat(), prompt);
      case "anthropic/v1/messages" ->
          complete(request, new MessagesFormat(behaviour.usageAtEnd()), prompt);
      case "/embeddings" -> {
        ObjectNode vectors = Embeddings.of(body, prompt);
        pause(behaviour.answerDelay());
        tally.served(prompt.model(), Answer.inputOnly(prompt));
        request.reply(200, vectors);
      }
      case "anthropic/v1/messages/count_tokens" ->
          request.reply(
              200, JsonNodeFactory.instance.objectNode().put("input_tokens", prompt.inputTokens()));
      default -> {
        return noSuchPath(path);
      }
    }
    return null;
  }

  private static VendorError noSuchPath(String path) {
    return VendorError.of(404, "No such path: " + path + ".");
  }

  private @Nullable VendorError checkCredentials(Request request) {
    String bearer = request.header("authorization");
    String apiKey = request.header("x-api-key");
    boolean bearerGood = bearer.startsWith("Bearer ") && credentials.contains(bearer.substring(7));
    boolean apiKeyGood = credentials.contains(apiKey);
    boolean strange = !(bearer.isEmpty() || bearerGood) || !(apiKey.isEmpty() || apiKeyGood);
    boolean known = bearerGood || (apiKeyGood && request.format() == ApiFormat.ANTHROPIC);
    return known && !strange ? null : VendorError.of(401, "Incorrect API key provided.");
  }

  private @Nullable VendorError problem(Request request, JsonNode body, Prompt prompt) {
    VendorError asked = VendorError.askedFor(prompt.model(), ticker.now());
    if (asked == null) {
      asked = VendorError.askedFor(request.header(ERROR_HEADER), ticker.now());
    }
    if (asked != null) {
      return asked;
    }
    if (prompt.model().isEmpty()) {
      return VendorError.of(400, "you must provide a model parameter");
    }
    if (!body.has("messages") && !body.has("input") && !body.has("prompt")) {
      return VendorError.of(400, "nothing to answer: messages, input or prompt is required");
    }
    if (request.format() == ApiFormat.ANTHROPIC && request.header("anthropic-version").isEmpty()) {
      return VendorError.of(400, "anthropic-version: header is required");
    }
    return null;
  }

  private static @Nullable VendorError models(Request request, String id) throws IOException {
    if (id.isEmpty()) {
      ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
      ArrayNode data = list.putArray("data");
      MODELS.forEach(model -> data.add(model(model)));
      request.reply(200, list);
      return null;
    }
    String model = id.substring(1);
    if (!MODELS.contains(model)) {
      return VendorError.of(404, "The model '" + model + "' does not exist.");
    }
    request.reply(200, model(model));
    return null;
  }

  private static ObjectNode model(String id) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("object", "model")
        .put("created", 1_760_000_000L)
        .put("owned_by", "simulated");
  }

  private void complete(Request request, Format format, Prompt prompt) throws IOException {
    Answer answer = Answer.to(prompt);
    Call call = new Call(request.number(), ticker.epochMillis() / 1000, prompt, answer);
    pause(behaviour.answerDelay());
    if (prompt.stream()) {
      stream(request, format.events(call), prompt.model(), answer.usage());
    } else {
      ObjectNode body = format.plain(call);
      tally.served(prompt.model(), answer.usage());
      request.reply(200, body);
    }
  }

  private void stream(Request request, List<Event> events, String model, TokenUsage usage)
      throws IOException {
    OutputStream out = request.open();
    for (Iterator<Event> rest = events.iterator(); rest.hasNext(); ) {
      Event event = rest.next();
      if (!rest.hasNext()) {
        tally.served(model, usage);
      }
      out.write(event.bytes());
      out.flush();
      if (rest.hasNext()) {
        pause(behaviour.eventDelay());
      }
    }
  }

  private static void pause(Duration length) throws IOException {
    if (length.isZero()) {
      return;
    }
    try {
      Thread.sleep(length);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("closed while answering", e);
    }
  }
}
