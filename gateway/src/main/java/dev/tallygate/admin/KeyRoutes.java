package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.KeyAdministration.KeyExistsException;
import dev.tallygate.auth.KeyAdministration.NotInForceException;
import dev.tallygate.auth.KeyAdministration.UnknownKeyException;
import dev.tallygate.auth.NewKey;
import dev.tallygate.auth.StoreUnavailableException;
import dev.tallygate.keys.JsonFields;
import dev.tallygate.keys.KeyFields;
import dev.tallygate.keys.Rotation;
import dev.tallygate.keys.Rotation.PreviousInGraceException;
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
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keys: list, make, look at, change, rotate, remove. What is answered as done is in force. Secrets
 * are made here, shown in the one answer, and nowhere kept. An answer with a secret is given even
 * where the key is written and not yet in force (202): what holds the digest would be of no use to
 * anybody.
 */
final class KeyRoutes {
  private static final String KEYS = "/admin/v1/keys";
  private static final String KEY = KEYS + "/{id}";
  private static final String ID = "id";
  private static final Set<String> JSON = Set.of("application/json");
  private static final Set<String> JSON_OR_PATCH =
      Set.of("application/json", "application/merge-patch+json");

  private final KeyAdministration keys;
  private final KeyList list;
  private final KeyViews json;
  private final Ticker ticker;
  private final AuditLog audit;
  private final SecureRandom random = new SecureRandom();

  KeyRoutes(KeyAdministration keys, KeyList list, KeyViews json, Ticker ticker, AuditLog audit) {
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
    JsonFields fields = Fields.of(call.request(), JSON, KeyFields.OF_A_NEW_KEY);
    String secret = GatewaySecret.generate(random);
    KeyDigest made = KeyDigest.of(secret);
    NewKey wanted = new KeyFields(fields).newKey(made, ticker.now());
    Written written = written(call, "key.create", fields.given(), () -> keys.create(wanted));
    ObjectNode body = written.json(json);
    if (written.key().digest().equals(made)) {
      body.put("secret", secret);
    }
    return tagged(written.status(201), body, written.key())
        .with(HttpHeaderNames.LOCATION.toString(), location(written.key()));
  }

  private Reply get(Call call) throws StoreUnavailableException {
    ApiKey key = find(keys, call.parameter(ID));
    return tagged(200, json.of(key), key);
  }

  private Reply patch(Call call) throws IOException {
    JsonFields fields = Fields.of(call.request(), JSON_OR_PATCH, KeyFields.OF_A_CHANGE);
    Consumer<KeyDraft> changes = new KeyFields(fields).changes();
    Written written =
        change(
            call,
            "key.update",
            fields.given(),
            key -> {
              KeyDraft draft = new KeyDraft(key);
              changes.accept(draft);
              return draft.key();
            });
    if (written.trouble() != null) {
      // Nothing is lost by it, and a script that looks at the status alone must not go on.
      throw Problem.of(503, written.trouble()).refused();
    }
    return tagged(200, written.json(json), written.key());
  }

  private Reply rotate(Call call) throws IOException {
    Rotation rotation = Rotation.of(Fields.of(call.request(), JSON, Rotation.FIELDS));
    String secret = GatewaySecret.generate(random);
    Written written =
        change(
            call,
            "key.rotate",
            List.of(),
            key -> rotation.of(key, KeyDigest.of(secret), ticker.now()));
    ObjectNode body = written.json(json).put("secret", secret);
    return tagged(written.status(200), body, written.key());
  }

  private Reply delete(Call call) throws IOException {
    String id = call.parameter(ID);
    String ifMatch = call.request().headers().get(HttpHeaderNames.IF_MATCH);
    try {
      keys.remove(id, key -> EntityTag.require(ifMatch, key));
    } catch (NotInForceException e) {
      audit.notInForce(call, "key.remove", id, List.of());
      throw e;
    } catch (UnknownKeyException e) {
      throw unknown();
    }
    audit.changed(call, "key.remove", id);
    return Reply.empty(204);
  }

  /** Compares and changes in one step: between them nobody else can change it. */
  private Written change(
      Call call, String action, Collection<String> fields, UnaryOperator<ApiKey> edit)
      throws IOException {
    String ifMatch = call.request().headers().get(HttpHeaderNames.IF_MATCH);
    return written(
        call,
        action,
        fields,
        () ->
            keys.change(
                call.parameter(ID),
                key -> {
                  EntityTag.require(ifMatch, key);
                  return edit.apply(key);
                }));
  }

  /** Writes a definition. */
  @FunctionalInterface
  private interface Writing {
    ApiKey write() throws UnknownKeyException, IOException;
  }

  /**
   * A definition that was written.
   *
   * @param trouble why it is not in force; null: it is
   */
  private record Written(ApiKey key, @Nullable String trouble) {
    /** The status of an answer whose secret nobody can be told again. */
    int status(int inForce) {
      return trouble == null ? inForce : 202;
    }

    ObjectNode json(KeyViews json) {
      ObjectNode shown = json.of(key);
      return trouble == null ? shown : shown.put("not_in_force", trouble);
    }
  }

  private Written written(Call call, String action, Collection<String> fields, Writing writing)
      throws IOException {
    try {
      ApiKey key = writing.write();
      audit.changed(call, action, key.id(), fields);
      return new Written(key, null);
    } catch (NotInForceException e) {
      audit.notInForce(call, action, e.key().id(), fields);
      return new Written(e.key(), e.getMessage());
    } catch (UnknownKeyException e) {
      throw unknown();
    } catch (PreviousInGraceException e) {
      throw Problem.of(409, e.getMessage() + ".").refused();
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
