package dev.tallygate.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.auth.CacheLogLevel;
import dev.tallygate.auth.CacheSettings;
import dev.tallygate.auth.KeyAdministration;
import dev.tallygate.auth.KeyCache;
import dev.tallygate.auth.NewKey;
import dev.tallygate.model.ApiKey;
import dev.tallygate.model.FakeTicker;
import dev.tallygate.quota.ModelLimits;
import dev.tallygate.quota.QuotaEnforcer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** Holds the description of the API and the table of its operations against each other. */
class OpenApiRoutesTest {
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  @Test
  void everyOperation_isDescribed_andNoOther() throws IOException {
    Set<String> described = new TreeSet<>();
    JsonNode paths = document().path("paths");
    for (String path : paths.propertyNames()) {
      for (String method : paths.path(path).propertyNames()) {
        if (METHODS.contains(method)) {
          described.add(method.toUpperCase(Locale.ROOT) + " " + path);
        }
      }
    }
    Set<String> there = new TreeSet<>();
    routes().forEach(route -> there.add(route.method() + " " + route.template()));
    assertThat(described).isEqualTo(there);
  }

  @Test
  void whoMayAsk_isDescribedAsItIs() throws IOException {
    JsonNode paths = document().path("paths");
    for (Route route : routes()) {
      JsonNode security =
          paths
              .path(route.template())
              .path(route.method().toLowerCase(Locale.ROOT))
              .path("security");
      int ways =
          switch (route.access()) {
            case OPEN -> 0;
            case TOKEN -> 1;
            case SIGNED_IN -> 2;
          };
      assertThat(security.isArray()).as(route.template()).isTrue();
      assertThat(security.size()).as(route.method() + " " + route.template()).isEqualTo(ways);
    }
  }

  @Test
  void everyReference_leadsSomewhere_andEveryPartIsReferredTo() throws IOException {
    JsonNode document = document();
    List<String> references = new ArrayList<>();
    collect(document, references);
    for (String reference : references) {
      assertThat(document.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
    for (String kind : List.of("schemas", "responses")) {
      for (String name : document.path("components").path(kind).propertyNames()) {
        assertThat(references).contains("#/components/" + kind + "/" + name);
      }
    }
  }

  private static void collect(JsonNode node, List<String> references) {
    if (node.has("$ref")) {
      references.add(node.path("$ref").asString());
    }
    node.forEach(child -> collect(child, references));
  }

  private static JsonNode document() throws IOException {
    try (InputStream in = OpenApi.class.getResourceAsStream("openapi.json")) {
      return JsonMapper.shared().readTree(Objects.requireNonNull(in));
    }
  }

  private static List<Route> routes() {
    FakeTicker ticker = new FakeTicker();
    QuotaEnforcer quota =
        new QuotaEnforcer(ticker, (since, sink) -> {}, new ModelLimits(1, 1, 1), id -> {});
    KeyCache cache =
        new KeyCache(
            new CacheSettings(true, 1, Duration.ofMinutes(1), false, CacheLogLevel.NONE), ticker);
    AdminParts parts =
        new AdminParts(
            ticker,
            new NoKeys(),
            quota,
            id -> new LifetimeUsage(0, null),
            cache,
            JsonNodeFactory.instance::objectNode,
            query -> {
              throw new IOException("not asked here");
            },
            () -> {
              throw new IllegalStateException("not asked here");
            },
            new Activity(ticker),
            new RecentRefusals(ticker));
    List<Route> routes = new ArrayList<>(parts.routes(new Sessions(ticker), new AuditLog()));
    routes.addAll(
        new OpenPages(
                () -> new JsonAnswer(200, JsonNodeFactory.instance.objectNode()),
                (accept, encoding) ->
                    new MetricsPage.Rendered("text/plain", "", ByteBuffer.allocate(0)))
            .routes());
    return routes;
  }

  private static final class NoKeys implements KeyAdministration {
    @Override
    public Collection<ApiKey> keys() {
      return List.of();
    }

    @Override
    public @Nullable ApiKey key(String id) {
      return null;
    }

    @Override
    public ApiKey create(NewKey spec) throws IOException {
      throw new IOException("read-only");
    }

    @Override
    public ApiKey change(String id, UnaryOperator<ApiKey> edit) throws UnknownKeyException {
      throw new UnknownKeyException(id);
    }

    @Override
    public void remove(String id, Consumer<ApiKey> check) throws UnknownKeyException {
      throw new UnknownKeyException(id);
    }
  }
}
