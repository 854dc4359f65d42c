package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.KeyAdministration.KeyExistsException;
import dev.tallygate.auth.KeyAdministration.UnknownKeyException;
import dev.tallygate.auth.NewKey;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.GatewaySecret;
import dev.tallygate.model.KeyDigest;
import dev.tallygate.model.KeyDraft;
import dev.tallygate.model.Ticker;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keys: list, make, look at, change, rotate, remove. What is answered as done is in force. Secrets
 * are made here, shown in the one answer, and nowhere kept.
 */
final class KeyRoutes {
  private static final String KEYS = "/admin/v1/keys";
  private static final String KEY = KEYS + "/{id}";
  private static final String ID = "id";
  private static final String GRACE = "grace_seconds";
  private static final long LONGEST_GRACE = Duration.ofDays(366).toSeconds();
  private static final Set<String> JSON = Set.of("application/json");
  private static final Set<String> JSON_OR_PATCH =
      Set.of("application/json", "application/merge-patch+json");

  private final KeyAdministration keys;
  private final KeyList list;
  private final KeyJson json;
  private final Ticker ticker;
  private final AuditLog audit;
  private final SecureRandom random = new SecureRandom();

  KeyRoutes(KeyAdministration keys, KeyList list, KeyJson json, Ticker ticker, AuditLog audit) {
    this.keys = keys;
    this.list = list;
    this.json = json;
    this.ticker = ticker;
    this.audit = audit;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", KEYS, Access.SIGNED_IN, this::list),
        new Route("POST", KEYS, Access.SIGNED_IN, this::create),
        new Route("GET", KEY, Access.SIGNED_IN, this::get),
        new Route("PATCH", KEY, Access.SIGNED_IN, this::patch),
        new Route("DELETE", KEY, Access.SIGNED_IN, this::delete),
        new Route("POST", KEY + "/rotate", Access.SIGNED_IN, this::rotate));
  }

  private Reply list(Call call) throws StoreUnavailableException {
    KeyList.Page page = list.page(call.request(), keys.keys());
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode items = body.putArray("items");
    page.keys().forEach(key -> items.add(json.of(key)));
    body.put("page", page.page()).put("per_page", page.perPage()).put("total", page.total());
    return Reply.json(200, body);
  }

  private Reply create(Call call) throws IOException {
    Fields fields = Fields.of(call.request(), JSON, KeyFields.OF_A_NEW_KEY);
    String secret = GatewaySecret.generate(random);
    KeyDigest made = KeyDigest.of(secret);
    NewKey wanted = new KeyFields(fields).newKey(made, ticker.now());
    ApiKey key;
    try {
      key = keys.create(wanted);
    } catch (KeyExistsException e) {
      throw Problem.of(409, e.getMessage() + ".").refused();
    } catch (IllegalArgumentException e) {
      throw Problem.of(422, e.getMessage() + ".").refused();
    }
    audit.changed(call, "key.create", key.id(), fields.given());
    ObjectNode body = json.of(key);
    if (key.digest().equals(made)) {
      body.put("secret", secret);
    }
    return tagged(201, body, key).with(HttpHeaderNames.LOCATION.toString(), location(key));
  }

  private Reply get(Call call) throws StoreUnavailableException {
    ApiKey key = find(keys, call.parameter(ID));
    return tagged(200, json.of(key), key);
  }

  private Reply patch(Call call) throws IOException {
    Fields fields = Fields.of(call.request(), JSON_OR_PATCH, KeyFields.OF_A_CHANGE);
    Consumer<KeyDraft> changes = new KeyFields(fields).changes();
    ApiKey changed =
        change(
            call,
            key -> {
              KeyDraft draft = new KeyDraft(key);
              changes.accept(draft);
              return draft.key();
            });
    audit.changed(call, "key.update", changed.id(), fields.given());
    return tagged(200, json.of(changed), changed);
  }

  private Reply rotate(Call call) throws IOException {
    Fields fields = Fields.of(call.request(), JSON, Set.of(GRACE));
    Long grace = fields.integer(GRACE, 0, LONGEST_GRACE);
    fields.check();
    String secret = GatewaySecret.generate(random);
    Instant until =
        grace == null || grace == 0
            ? null
            : ticker.now().truncatedTo(ChronoUnit.MILLIS).plusSeconds(grace);
    ApiKey changed =
        change(call, key -> new KeyDraft(key).rotate(KeyDigest.of(secret), until).key());
    audit.changed(call, "key.rotate", changed.id());
    return tagged(200, json.of(changed).put("secret", secret), changed);
  }

  private Reply delete(Call call) throws IOException {
    String id = call.parameter(ID);
    String ifMatch = call.request().headers().get(HttpHeaderNames.IF_MATCH);
    try {
      keys.remove(id, key -> EntityTag.require(ifMatch, key));
    } catch (UnknownKeyException e) {
      throw unknown();
    }
    audit.changed(call, "key.remove", id);
    return Reply.empty(204);
  }

  /** Compares and changes in one step: between them nobody else can change it. */
  private ApiKey change(Call call, UnaryOperator<ApiKey> edit) throws IOException {
    String ifMatch = call.request().headers().get(HttpHeaderNames.IF_MATCH);
    try {
      return keys.change(
          call.parameter(ID),
          key -> {
            EntityTag.require(ifMatch, key);
            return edit.apply(key);
          });
    } catch (UnknownKeyException e) {
      throw unknown();
    } catch (KeyExistsException e) {
      throw Problem.of(409, e.getMessage() + ".").refused();
    } catch (IllegalArgumentException e) {
      throw Problem.of(422, e.getMessage() + ".").refused();
    }
  }

  /**
   * The key of an id.
   *
   * @throws Problem.Refused when there is none
   */
  static ApiKey find(KeyAdministration keys, String id) throws StoreUnavailableException {
    ApiKey key = keys.key(id);
    if (key == null) {
      throw unknown();
    }
    return key;
  }

  // What was given is not repeated: it may be a secret.
  private static Problem.Refused unknown() {
    return Problem.of(
            404, "There is no key of this id. Keys go by their ids, such as k_0123456789ab.")
        .refused();
  }

  private static Reply tagged(int status, ObjectNode body, ApiKey key) {
    return Reply.json(status, body).with(HttpHeaderNames.ETAG.toString(), EntityTag.of(key));
  }

  private static String location(ApiKey key) {
    return KEYS + '/' + URLEncoder.encode(key.id(), StandardCharsets.UTF_8).replace("+", "%20");
  }
}
