package dev.tallygate.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class ContentReaderTest {
  /** What marks a medium that nothing bounds. */
  private static final Pattern OF_ANY_SIZE =
      Pattern.compile("video_url|audio|file(?!_id\":null)|pdf|document");

  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String DATA = "iVBORw0KGgo/+AAA".repeat(64);

  /** {@code @} stands for base64; its bytes are left out as often as the second column says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Chat completions, with what Z.AI adds to them.
        "1 | 1 | {\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,@\",\"detail\":\"low\"}}]}]}",
        "1 | 0 | {\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a.example/@.png\"}}]}]}",
        "1 | 1 | {\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"@\"}}]}]}",
        "1 | 1 | {\"messages\":[{\"content\":[{\"type\":\"video_url\",\"video_url\":{\"url\":\"data:video/mp4;base64,@\"}}]}]}",
        "1 | 0 | {\"messages\":[{\"content\":[{\"type\":\"file_url\",\"file_url\":{\"url\":\"https://a.example/a.pdf\"}}]}]}",
        "1 | 1 | {\"messages\":[{\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"@\",\"format\":\"wav\"}}]}]}",
        "1 | 1 | {\"messages\":[{\"content\":[{\"type\":\"file\",\"file\":{\"filename\":\"a.pdf\",\"file_data\":\"data:application/pdf;base64,@\"}}]}]}",
        "1 | 0 | {\"messages\":[{\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\",\"file_data\":null}}]}]}",
        "1 | 0 | {\"messages\":[{\"role\":\"assistant\",\"audio\":{\"id\":\"audio_1\"},\"content\":null}],\"audio\":{\"voice\":{\"id\":\"v\"},\"format\":\"wav\"}}",
        "3 | 2 | {\"messages\":[{\"content\":[{\"image_url\":{\"url\":\"data:image/gif;base64,@\"}},{\"image_url\":{\"url\":\"data:image/gif;base64,@\"}}]},{\"content\":[{\"file\":{\"file_id\":\"f\"}}]}]}",
        // Responses.
        "1 | 1 | {\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"detail\":\"auto\",\"image_url\":\"data:image/jpeg;base64,@\",\"file_id\":null}]}]}",
        "1 | 0 | {\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"file-1\"}]}]}",
        "1 | 1 | {\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"filename\":\"a.pdf\",\"file_data\":\"data:application/pdf;base64,@\"}]}]}",
        "1 | 0 | {\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_url\":\"https://a.example/a.pdf\"}]}]}",
        "1 | 1 | {\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"format\":\"mp3\",\"data\":\"@\"}}]}]}",
        "1 | 1 | {\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":[{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,@\"}]}]}",
        "1 | 1 | {\"input\":[{\"type\":\"computer_call_output\",\"output\":{\"type\":\"computer_screenshot\",\"image_url\":\"data:image/png;base64,@\"}}]}",
        "1 | 1 | {\"input\":[{\"id\":\"ig_1\",\"result\":\"@\",\"type\":\"image_generation_call\",\"status\":\"completed\"}]}",
        // Messages.
        "1 | 1 | {\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"@\"}}]}]}",
        "1 | 1 | {\"messages\":[{\"role\":\"user\",\"content\":[{\"source\":{\"data\":\"@\",\"media_type\":\"application/pdf\",\"type\":\"base64\"},\"type\":\"document\"}]}]}",
        "1 | 0 | {\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://a.example/a.png\"}}]}]}",
        "1 | 0 | {\"messages\":[{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"file\",\"file_id\":\"file_1\"}}]}]}",
        "1 | 0 | {\"messages\":[{\"content\":[{\"type\":\"container_upload\",\"file_id\":\"file_1\"}]}]}",
        "1 | 1 | {\"messages\":[{\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"@\"}}]}]}]}",
        "1 | 1 | {\"messages\":[{\"content\":[{\"type\":\"tool_result\",\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"@\"}}]}}]}]}]}",
        "1 | 1 | {\"messages\":[{\"content\":[{\"type\":\"web_fetch_tool_result\",\"content\":{\"type\":\"web_fetch_result\",\"url\":\"https://a.example\",\"content\":{\"type\":\"document\",\"source\":{\"type\":\"base64\",\"media_type\":\"application/pdf\",\"data\":\"@\"}}}}]}]}",
        // Escapes.
        "1 | 1 | {\"messages\":[{\"content\":[{\"image_url\":{\"url\":\"data:image\\/png;base64,@\"}}]}]}",
        "1 | 1 | {\"mess\\u0061ges\":[{\"content\":[{\"im\\u0061ge_url\":{\"url\":\"d\\u0061ta:image\\u002Fpng;base64,@\"}}]}]}",
        "1 | 1 | {\"messages\":[{\"content\":[{\"source\":{\"type\":\"b\\u0061se64\",\"media_type\":\"image\\/png\",\"data\":\"@\"}}]}]}",
      })
  void read_media_areCountedAndTheirDataIsNoText(int media, int leftOut, String body)
      throws Exception {
    for (String whole : new String[] {body, body.replace(",\"", " ,\n   \"")}) {
      RequestBody read = read(whole.replace("@", DATA));
      assertThat(read.media()).isEqualTo(media);
      assertThat(read.refersToMore())
          .as("more than images")
          .isEqualTo(OF_ANY_SIZE.matcher(body).find());
      int rest = whole.replace("@", leftOut > 0 ? "" : DATA).length();
      int slack = 60 * leftOut; // the type before the data, the space behind it
      assertThat(read.textBytes()).isBetween((long) rest - slack, (long) rest);
    }
  }

  /** {@code @} stands for base64. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | {}",
        "0 | {\"messages\":[],\"input\":\"@\",\"tools\":null}",
        "0 | {\"messages\":\"@\",\"input\":[\"@\",[1,2],[\"@\"],7,null]}",
        "0 | {\"messages\":[{\"role\":\"user\",\"content\":\"@\"},{\"content\":null},{\"content\":{}},{\"content\":[[]]},{}]}",
        "0 | {\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"data:image/png;base64,@\"},\"data:image/png;base64,@\"]}]}",
        // Documents that are text.
        "0 | {\"messages\":[{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"@\"}}]}]}",
        "0 | {\"messages\":[{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"image/png\",\"data\":\"@\"}}]}]}",
        "0 | {\"messages\":[{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":\"@\"}}]}]}",
        "0 | {\"messages\":[{\"content\":[{\"type\":\"search_result\",\"source\":\"@\",\"content\":[{\"type\":\"text\",\"text\":\"@\"}]}]}]}",
        "1 | {\"messages\":[{\"content\":[{\"source\":{\"type\":\"base64\",\"media_type\":\"text/plain\",\"data\":\"@\"}}]}]}",
        "1 | {\"messages\":[{\"content\":[{\"source\":{\"type\":\"base64\",\"data\":\"@\"}}]}]}",
        "1 | {\"messages\":[{\"content\":[{\"source\":{\"media_type\":\"image/png\",\"data\":\"@\"}}]}]}",
        "1 | {\"messages\":[{\"content\":[{\"file\":{\"file_data\":\"data:text/csv;base64,@\"}}]}]}",
        "1 | {\"messages\":[{\"content\":[{\"file\":{\"file_data\":\"@\"}}]}]}",
        "1 | {\"messages\":[{\"content\":[{\"image_url\":{\"url\":\"data:text/plain,@\"}}]}]}",
        "1 | {\"messages\":[{\"content\":[{\"image_url\":{\"url\":\"look at this: @\"}}]}]}",
        "1 | {\"input\":[{\"content\":[{\"type\":\"input_file\",\"file_data\":\"data:application/json;base64,@\"}]}]}",
        // Twice: either may be what the upstream takes.
        "1 | {\"messages\":[{\"content\":[{\"source\":{\"type\":\"base64\",\"type\":\"text\",\"media_type\":\"image/png\",\"data\":\"@\"}}]}]}",
        "1 | {\"messages\":[{\"content\":[{\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"media_type\":\"text/plain\",\"data\":\"@\"}}]}]}",
        // Where text only looks like media.
        "0 | {\"messages\":[{\"content\":[{\"type\":\"tool_use\",\"input\":{\"image_url\":{\"url\":\"data:image/png;base64,@\"},\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"@\"}}}]}]}",
        "0 | {\"messages\":[{\"tool_calls\":[{\"function\":{\"arguments\":{\"file_data\":\"data:image/png;base64,@\"}}}]}]}",
        "0 | {\"input\":[{\"type\":\"function_call\",\"arguments\":\"@\"},{\"type\":\"reasoning\",\"id\":\"rs\",\"result\":\"@\",\"encrypted_content\":\"@\"}]}",
        "1 | {\"input\":[{\"type\":\"image_generation_call\",\"result\":\"not base64: @\"}]}",
        "0 | {\"metadata\":{\"image_url\":\"data:image/png;base64,@\"},\"image_url\":\"data:image/png;base64,@\",\"content\":[{\"file_data\":\"data:image/png;base64,@\"}]}",
        "0 | {\"tools\":[{\"type\":\"function\",\"function\":{\"parameters\":{\"image_url\":\"data:image/png;base64,@\"}}}]}",
      })
  void read_text_isAllCounted(int media, String body) throws Exception {
    String whole = body.replace("@", DATA);
    RequestBody read = read(whole);
    assertThat(read.textBytes()).isEqualTo(whole.length());
    assertThat(read.media()).isEqualTo(media);
    assertThat(read.refersToMore()).isEqualTo(media == 1 && body.contains("file_data"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"previous_response_id\":\"resp_1\"}",
        "{\"previous_response_\\u0069d\":\"resp_1\"}",
        "{\"conversation\":\"conv_1\"}",
        "{\"conversation\":{\"id\":\"conv_1\"}}",
        "{\"prompt\":{\"id\":\"pmpt_1\",\"variables\":{\"a\":{\"type\":\"input_text\"}}}}",
        "{\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]}",
        "{\"input\":[{\"type\":\"item\\u005freference\",\"id\":\"msg_1\"}]}",
        "{\"input\":[{\"id\":\"msg_1\"}]}",
        "{\"input\":[{\"type\":null,\"id\":\"msg_1\"}]}",
        "{\"container\":\"container_1\"}",
        "{\"container\":{\"skills\":[{\"skill_id\":\"xlsx\"}]}}",
        "{\"thread\":{\"type\":\"continue\"}}",
        "{\"mcp_servers\":[{\"type\":\"url\",\"url\":\"https://a.example\"}]}",
        "{\"web_search_options\":{}}",
        "{\"tools\":[{\"type\":\"function\"},{\"type\":\"web_search\"}]}",
        "{\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]}",
        "{\"tools\":[{\"type\":\"web_fetch_20250910\"}]}",
        "{\"tools\":[{\"vector_store_ids\":[\"v\"],\"type\":\"file_search\"}]}",
        "{\"tools\":[{\"type\":\"mcp\",\"server_label\":\"a\"}]}",
        "{\"tools\":[{\"type\":\"code_interpreter\",\"container\":{\"type\":\"auto\"}}]}",
        "{\"tools\":[{\"type\":\"retrieval\",\"retrieval\":{\"knowledge_id\":\"k\"}}]}",
        "{\"tools\":[[],[{}],{\"type\":\"not_yet_known\"}]}",
        "{\"input\":[{\"type\":\"additional_tools\",\"role\":\"developer\",\"tools\":[{\"type\":\"web_search\"}]}]}",
      })
  void read_referenceToMore_isSeen(String body) throws Exception {
    assertThat(read(body).refersToMore()).isTrue();
    assertThat(read(body).textBytes()).isEqualTo(body.length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"previous_response_id\":null,\"conversation\":null,\"prompt\":null,\"container\":null}",
        "{\"prompt\":\"Once\",\"store\":true,\"metadata\":{\"conversation\":\"c\"}}",
        "{\"prompt\":[\"Once\",\"Twice\"]}",
        "{\"prompt\":[[1,2,3]],\"mcp_servers\":[],\"web_search_options\":null}",
        "{\"input\":[{\"type\":\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"content\":[]},{}]}",
        "{\"input\":[{\"id\":\"msg_1\",\"content\":\"item_reference\"},{\"x\":{\"id\":\"a\"}}]}",
        "{\"messages\":[{\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"input\":{\"id\":\"t\"}}]}]}",
        "{\"tools\":[],\"tool_choice\":{\"type\":\"web_search\"}}",
        "{\"tools\":[{\"type\":\"function\",\"function\":{\"type\":\"web_search\"}},{\"type\":\"custom\"},{\"name\":\"web_search\",\"input_schema\":{\"type\":\"object\"}}]}",
        "{\"tools\":[{\"type\":\"bash_20250124\"},{\"type\":\"text_editor_20250728\"},{\"type\":\"memory_20250818\"},{\"type\":\"computer_20250124\"},{\"type\":\"tool_search_tool_regex_20251119\"}]}",
        "{\"tools\":[{\"type\":\"local_shell\"},{\"type\":\"apply_patch\"},{\"type\":\"computer_use_preview\"},{\"type\":\"namespace\",\"tools\":[{\"type\":\"function\"}]}]}",
        "{\"tools\":\"web_search\"}",
      })
  void read_bodyWithAllItsContent_refersToNothing(String body) throws Exception {
    assertThat(read(body).refersToMore()).isFalse();
  }

  @Test
  void read_contentDeeperThanAnyApiHas_isTakenForAReference() throws Exception {
    for (int depth = 1; depth < 400; depth++) {
      String body =
          "{\"messages\":"
              + "[{\"content\":".repeat(depth)
              + "[{\"image_url\":\"f\"}]"
              + "}]".repeat(depth)
              + "}";
      RequestBody read = read(body);
      assertThat(read.media() == 1 || read.refersToMore()).as("depth %d", depth).isTrue();
      assertThat(read.refersToMore()).as("depth %d", depth).isEqualTo(depth > 15);
    }
  }

  @Test
  void read_hugeImage_isLeftOutWithoutBeingCopied() throws Exception {
    String rest =
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"\"}},{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"\"}}]}]}";
    String image = "QUJD".repeat(1024 * 1024);
    byte[] body =
        rest.replace("\"url\":\"\"", "\"url\":\"data:image/png;base64," + image + "\"")
            .replace("\"data\":\"\"", "\"data\":\"" + image + "\"")
            .getBytes(UTF_8);
    RequestBody.read(body, 0, body.length); // makes the parser's shared tables
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    RequestBody read = RequestBody.read(body, 0, body.length);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(read.media()).isEqualTo(2);
    assertThat(read.textBytes()).isBetween((long) rest.length() - 10, (long) rest.length());
    assertThat(allocated).isLessThan(256 * 1024);
  }

  @Test
  void read_everyTruncation_isRefused() {
    byte[] body =
        "{\"messages\":[{\"content\":[{\"image_url\":{\"url\":\"data:image\\/p\\u006eg;base64,QUJD\"}},{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"QUJD\",\"content\":[{\"id\":\"a\"}]}}]}],\"tools\":[{\"type\":\"mcp\"}],\"container\":[{\"a\":[1]}],\"prompt\":{\"id\":1}}"
            .getBytes(UTF_8);
    for (int length = 0; length < body.length; length++) {
      byte[] cut = Arrays.copyOf(body, length);
      assertThat(
              catchThrowableOfType(
                  InvalidBodyException.class, () -> RequestBody.read(cut, 0, cut.length)))
          .as("%d bytes", length)
          .isNotNull();
    }
  }

  @Test
  void read_damagedContent_isReadOrRefused() {
    Random random = new Random(5);
    byte[] alphabet = "{}[]\":,\\u06 x".getBytes(UTF_8);
    for (int round = 0; round < 4000; round++) {
      byte[] body = new Body(random).write();
      for (int i = random.nextInt(4); i > 0; i--) {
        body[random.nextInt(body.length)] = alphabet[random.nextInt(alphabet.length)];
      }
      try {
        RequestBody read = RequestBody.read(body, 0, body.length);
        assertThat(read.textBytes()).isBetween(0L, (long) body.length);
      } catch (InvalidBodyException e) {
        assertThat(e).hasNoCause();
      }
    }
  }

  @Test
  void read_randomContent_neverCountsLessTextThanThereIs() throws Exception {
    Random random = new Random(17);
    for (int round = 0; round < 4000; round++) {
      Body made = new Body(random);
      byte[] body = made.write();
      RequestBody read = RequestBody.read(body, 0, body.length);
      String shown = new String(body, UTF_8);
      assertThat(read.media()).as(shown).isEqualTo(made.media);
      assertThat(read.textBytes())
          .as(shown)
          .isBetween(made.textBytes, body.length - made.mediaBytes);
    }
  }

  /** A random body, and what its maker knows of it. */
  private static final class Body {
    private static final String[] TEXTS = {
      "",
      "plain",
      "data:image/png;base64,QUJD",
      "é",
      "中文 🌊",
      "\u0001\n\t\"\\",
      "{\"type\":\"image\"}"
    };

    private final Random random;
    private final ObjectNode tree = NODES.objectNode();
    private long textBytes;
    private long mediaBytes;
    private int media;

    Body(Random random) {
      this.random = random;
      tree.put("model", "glm");
      contents(tree.putArray(random.nextBoolean() ? "messages" : "input"), 0);
      if (random.nextBoolean()) {
        tree.set("system", text());
      }
    }

    byte[] write() {
      String written =
          random.nextBoolean()
              ? tree.toString()
              : MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree);
      return written.getBytes(UTF_8);
    }

    private void contents(ArrayNode array, int depth) {
      for (int i = random.nextInt(4); i > 0; i--) {
        ObjectNode block = array.addObject();
        switch (random.nextInt(depth > 3 ? 8 : 11)) {
          case 0 -> block.set("text", text());
          case 1 -> block.putObject("input").putObject("source").set("data", text());
          case 2 -> block.putObject("image_url").set("url", data("data:image/png;base64,"));
          case 3 -> block.set("image_url", data("data:image/webp;base64,"));
          case 4 -> block.putObject("file").put("file_id", named());
          case 5 -> block.putObject("input_audio").set("data", data(""));
          case 6 -> source(block, "base64", "image/jpeg").set("data", data(""));
          case 7 -> source(block, "text", "text/plain").set("data", text());
          case 8 -> contents(block.putArray("content"), depth + 1);
          case 9 -> contents(source(block, "content", "").putArray("content"), depth + 1);
          default -> contents(block.putObject("output").putArray("content"), depth + 1);
        }
        if (random.nextBoolean()) {
          block.set("title", text());
        }
      }
    }

    private ObjectNode source(ObjectNode block, String type, String mediaType) {
      return block.putObject("source").put("type", type).put("media_type", mediaType);
    }

    private JsonNode text() {
      String text = TEXTS[random.nextInt(TEXTS.length)].repeat(random.nextInt(3));
      textBytes += text.getBytes(UTF_8).length;
      return NODES.stringNode(text);
    }

    private JsonNode data(String prefix) {
      String data = prefix + "QUJDREVGRw==".repeat(random.nextInt(20));
      media++;
      mediaBytes += data.length();
      return NODES.stringNode(data);
    }

    private String named() {
      media++;
      return "file-1";
    }
  }

  private static RequestBody read(String body) throws InvalidBodyException {
    byte[] padded = ("\"{" + body + "}]").getBytes(UTF_8);
    return RequestBody.read(padded, 2, padded.length - 4);
  }
}
