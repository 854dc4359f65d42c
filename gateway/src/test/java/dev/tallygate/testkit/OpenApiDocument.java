package dev.tallygate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An OpenAPI 3.1 document, against which answers are held; it remembers which of the described ones
 * were seen.
 */
public final class OpenApiDocument {
  private static final String LOCATION = "https://tallygate.invalid/openapi.json";
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  private final JsonNode document;
  private final SchemaRegistry registry;
  private final Set<String> seen = new TreeSet<>();

  /** Reads a document. */
  public OpenApiDocument(String text) {
    document = JsonMapper.shared().readTree(text);
    registry =
        SchemaRegistry.withDialect(
            Dialects.getOpenApi31(), builder -> builder.schemas(Map.of(LOCATION, text)));
  }

  /** All answers that are described, each {@code "GET /path 200"}. */
  public Set<String> described() {
    Set<String> all = new TreeSet<>();
    JsonNode paths = document.path("paths");
    for (String path : paths.propertyNames()) {
      for (String method : paths.path(path).propertyNames()) {
        if (METHODS.contains(method)) {
          for (String status : paths.path(path).path(method).path("responses").propertyNames()) {
            all.add(method.toUpperCase(Locale.ROOT) + " " + path + " " + status);
          }
        }
      }
    }
    return all;
  }

  /** Those of them that {@link #check} has seen. */
  public Set<String> seen() {
    return seen;
  }

  /**
   * Holds an answer against its description: the status, the headers that are named, the type of
   * the body and its schema.
   *
   * @param path as the document has it
   */
  public void check(String method, String path, Http.Response answer) {
    String name = method + " " + path + " " + answer.status();
    String at =
        "/paths/"
            + escaped(path)
            + "/"
            + method.toLowerCase(Locale.ROOT)
            + "/responses/"
            + answer.status();
    JsonNode response = document.at(at);
    assertThat(response.isMissingNode()).as(name + " is described: " + answer.body()).isFalse();
    if (response.has("$ref")) {
      at = response.path("$ref").asString().substring(1);
      response = document.at(at);
    }
    for (String header : response.path("headers").propertyNames()) {
      assertThat(answer.header(header)).as(name + " " + header).isNotEmpty();
    }
    JsonNode content = response.path("content");
    if (content.isEmpty()) {
      assertThat(answer.body()).as(name).isEmpty();
    } else {
      String type = answer.header("content-type").replaceFirst(";.*", "");
      assertThat(content.propertyNames()).as(name).contains(type);
      if (type.endsWith("json")) {
        assertThat(errors(at + "/content/" + escaped(type) + "/schema", answer.body()))
            .as(name)
            .isEmpty();
      }
    }
    seen.add(name);
  }

  /** Where examples do not fit the schemas beside them. */
  public Set<String> wrongExamples() {
    Set<String> wrong = new TreeSet<>();
    visit("", document, wrong);
    return wrong;
  }

  private void visit(String at, JsonNode node, Set<String> wrong) {
    if (node.isObject() && node.has("example") && node.has("schema")) {
      String errors = errors(at + "/schema", node.path("example").toString());
      if (!errors.isEmpty()) {
        wrong.add(at + ": " + errors);
      }
    }
    if (node.isObject()) {
      for (String name : node.propertyNames()) {
        visit(at + "/" + escaped(name), node.path(name), wrong);
      }
    } else {
      for (int i = 0; i < node.size(); i++) {
        visit(at + "/" + i, node.get(i), wrong);
      }
    }
  }

  private String errors(String pointer, String json) {
    Schema schema = registry.getSchema(SchemaLocation.of(LOCATION + "#" + pointer));
    var errors =
        schema.validate(
            json,
            InputFormat.JSON,
            context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    return errors.isEmpty() ? "" : errors + " in " + json;
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
