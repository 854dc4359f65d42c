package dev.tallygate.proxy;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Finds what a request body gives the model besides text: images, documents and recordings, and
 * what only the upstream knows. Part of the one pass over the body; for one use.
 *
 * <p>It follows the places where the wire formats have content: the messages and parts of chat
 * completions, the items of responses, the blocks of messages, nested results included. Everything
 * else is text, such as the arguments of a tool call, whatever they look like. Bytes are left out
 * of the text only where place and type say that they are media, and then they are counted as such.
 * In doubt something is both. Only an image has a size that can be bounded: a document, a film or a
 * recording may fill the model's context, as what the body only refers to may.
 */
final class ContentReader {
  // A document fetched into a tool's result needs 5. No API knows content that nests so deep.
  private static final int MAX_LEVELS = 16;

  private static final byte[] BASE64 = RawTexts.ascii("base64");
  private static final byte[] TEXT = RawTexts.ascii("text");
  private static final byte[] CONTENT = RawTexts.ascii("content");
  private static final byte[] DOCUMENT = RawTexts.ascii("document");
  private static final byte[] ITEM_REFERENCE = RawTexts.ascii("item_reference");
  private static final byte[] IMAGE_GENERATION_CALL = RawTexts.ascii("image_generation_call");

  /*
   * How the types of those tools begin that the client runs itself: their results come in the body.
   * What the upstream runs (searches, fetches, code, MCP servers) adds to the input what nobody here
   * has seen, and a tool that is not known may do so.
   */
  private static final byte[][] CLIENT_TOOLS = {
    RawTexts.ascii("function"),
    RawTexts.ascii("custom"),
    RawTexts.ascii("namespace"),
    RawTexts.ascii("tool_search"),
    RawTexts.ascii("local_shell"),
    RawTexts.ascii("apply_patch"),
    RawTexts.ascii("bash_"),
    RawTexts.ascii("text_editor_"),
    RawTexts.ascii("memory_"),
    RawTexts.ascii("computer")
  };

  private final JsonParser parser;
  private final RawTexts texts;

  private int media;
  private long mediaBytes;
  private boolean refersToMore;

  /**
   * For the body that the parser reads.
   *
   * @param offset where in {@code bytes} the body begins
   * @param length how many bytes it has
   */
  ContentReader(JsonParser parser, byte[] bytes, int offset, int length) {
    this.parser = parser;
    this.texts = new RawTexts(bytes, offset, length);
  }

  /** Images, documents and recordings so far. */
  int media() {
    return media;
  }

  /** Bytes of theirs that cannot be text to the model. */
  long mediaBytes() {
    return mediaBytes;
  }

  /** Whether the model is also given what nothing in the body bounds, as far as read. */
  boolean refersToMore() {
    return refersToMore;
  }

  /** Reads the value of a member that refers to more, unless it is null or an empty array. */
  void reference(JsonToken value) {
    if (value == JsonToken.START_ARRAY) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        refersToMore = true;
        parser.skipChildren();
      }
    } else {
      refersToMore |= value != JsonToken.VALUE_NULL;
      parser.skipChildren();
    }
  }

  /** Reads the value of a member that lists tools. */
  void tools(JsonToken value) {
    if (value != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    for (JsonToken tool = parser.nextToken();
        tool != JsonToken.END_ARRAY;
        tool = parser.nextToken()) {
      if (tool == JsonToken.START_OBJECT) {
        tool();
      } else {
        parser.skipChildren();
      }
    }
  }

  private void tool() {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean isType = parser.currentName().equals("type");
      if (parser.nextToken() == JsonToken.VALUE_STRING && isType) {
        refersToMore |= !texts.beginsWithAny(start(), CLIENT_TOOLS);
      }
      parser.skipChildren();
    }
  }

  /** Reads the value of a member that holds messages, items, parts or blocks, if not just text. */
  void content(JsonToken value) {
    content(value, 0);
  }

  private void content(JsonToken value, int level) {
    if (level == MAX_LEVELS) {
      refersToMore |= value.isStructStart();
      parser.skipChildren();
    } else if (value == JsonToken.START_OBJECT) {
      block(level + 1);
    } else if (value == JsonToken.START_ARRAY) {
      for (JsonToken element = parser.nextToken();
          element != JsonToken.END_ARRAY;
          element = parser.nextToken()) {
        if (element == JsonToken.START_OBJECT) {
          block(level + 1);
        } else {
          parser.skipChildren();
        }
      }
    }
  }

  /** A message, item, part or block. */
  private void block(int level) {
    boolean hasId = false;
    boolean hasMore = false;
    boolean isGenerated = false;
    boolean isDocument = false;
    int sources = 0;
    long resultBytes = 0;
    JsonToken next = parser.nextToken();
    while (next == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      boolean isId = name.equals("id");
      hasId |= isId;
      hasMore |= !isId && value != JsonToken.VALUE_NULL;
      switch (name) {
        case "type" -> {
          refersToMore |= is(value, ITEM_REFERENCE);
          isGenerated |= is(value, IMAGE_GENERATION_CALL);
          isDocument |= is(value, DOCUMENT);
          next = skip();
        }
        case "content", "output" -> {
          content(value, level);
          next = parser.nextToken();
        }
        case "source" -> {
          int before = media;
          next = source(value, level);
          sources += media - before;
        }
        case "image_url" -> next = medium(value, true);
        case "video_url", "input_audio", "audio" -> next = unbounded(value, true);
        case "file", "file_url", "file_data", "file_id" -> next = unbounded(value, false);
        case "result" -> {
          boolean isData = value == JsonToken.VALUE_STRING && texts.mayBeBase64(start());
          int from = start();
          next = skip();
          resultBytes += isData ? start() - from : 0;
        }
        case "tools" -> {
          tools(value);
          next = parser.nextToken();
        }
        default -> next = skip();
      }
    }
    // The type of an item that is nothing but a reference may be left out.
    refersToMore |= (hasId && !hasMore) || (isDocument && sources > 0);
    if (isGenerated) {
      media++;
      mediaBytes += resultBytes;
    }
  }

  /**
   * The value of a member that is a medium, or an object that holds one.
   *
   * @param bare whether its data may come without a type, for it can only be media
   * @return the token after it
   */
  private JsonToken medium(JsonToken value, boolean bare) {
    if (value == JsonToken.VALUE_STRING) {
      return mediumText(bare);
    }
    if (value != JsonToken.START_OBJECT) {
      return skip();
    }
    JsonToken next = parser.nextToken();
    while (next == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      boolean isText = parser.nextToken() == JsonToken.VALUE_STRING;
      next =
          switch (name) {
            case "url", "data", "file_data" -> isText ? mediumText(bare) : skip();
            case "file_id", "id" -> isText ? mediumText(false) : skip();
            default -> skip();
          };
    }
    return parser.nextToken();
  }

  /** The same of one that may be of any size. */
  private JsonToken unbounded(JsonToken value, boolean bare) {
    int before = media;
    JsonToken next = medium(value, bare);
    refersToMore |= media > before;
    return next;
  }

  /** A medium's data, address or name. */
  private JsonToken mediumText(boolean bare) {
    int from = start();
    boolean isUrl = texts.isMediaUrl(from);
    boolean isPayload = isUrl || (bare && texts.mayBeBase64(from));
    refersToMore |= isUrl && !texts.isImageUrl(from);
    JsonToken next = parser.nextToken();
    media++;
    if (isPayload) {
      mediaBytes += start() - from;
    }
    return next;
  }

  /** What an image or document block is made of: a medium, a text, or further blocks. */
  private JsonToken source(JsonToken value, int level) {
    if (value != JsonToken.START_OBJECT) {
      return skip();
    }
    // A member may come twice, and nobody knows which of them the upstream takes.
    boolean base64 = false;
    boolean text = false;
    boolean otherType = false;
    boolean mediaType = false;
    boolean otherMediaType = false;
    boolean hasMedium = false;
    long dataBytes = 0;
    JsonToken next = parser.nextToken();
    while (next == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken member = parser.nextToken();
      boolean isText = member == JsonToken.VALUE_STRING;
      switch (name) {
        case "type" -> {
          if (is(member, BASE64)) {
            base64 = true;
          } else if (is(member, TEXT) || is(member, CONTENT)) {
            text = true;
          } else {
            otherType = true;
          }
          next = skip();
        }
        case "media_type" -> {
          boolean isMedia = isText && texts.isMediaType(start());
          mediaType |= isMedia;
          otherMediaType |= !isMedia;
          refersToMore |= isMedia && !texts.isImageType(start());
          next = skip();
        }
        case "data" -> {
          hasMedium |= isText;
          int from = start();
          next = skip();
          dataBytes += isText ? start() - from : 0;
        }
        case "url", "file_id" -> {
          hasMedium |= isText;
          next = skip();
        }
        case "content" -> {
          content(member, level);
          next = parser.nextToken();
        }
        default -> next = skip();
      }
    }
    boolean isText = text && !base64 && !otherType;
    if (hasMedium && !isText) {
      media++;
      boolean isPayload = base64 && !text && !otherType && mediaType && !otherMediaType;
      mediaBytes += isPayload ? dataBytes : 0;
    }
    return parser.nextToken();
  }

  /** Leaves out the current value; returns the token after it. */
  private JsonToken skip() {
    parser.skipChildren();
    return parser.nextToken();
  }

  /** Where in the body the current token begins. */
  private int start() {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  private boolean is(JsonToken value, byte[] expected) {
    return value == JsonToken.VALUE_STRING && texts.is(start(), expected);
  }
}
