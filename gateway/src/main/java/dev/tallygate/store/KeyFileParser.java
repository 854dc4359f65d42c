package dev.tallygate.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/**
 * Reads the key file entry by entry. An entry that makes no sense is handed on as refused; only a
 * file that is no JSON, or has no list of keys, is an error. Stateless.
 */
final class KeyFileParser {
  /**
   * Where the list of keys lies.
   *
   * @param list from its opening bracket to after its closing one
   * @param entries from where the first begins to where the last ends; null when there is none
   */
  record Layout(Span list, @Nullable Span entries) {}

  /** Receives the entries. */
  @FunctionalInterface
  interface EntrySink {
    void accept(KeyEntry entry) throws IOException;
  }

  // No recycling: pooled buffers would keep parts of secrets alive after the load.
  private static final JsonFactory JSON =
      JsonFactory.builder().recyclerPool(JsonRecyclerPools.nonRecyclingPool()).build();

  private KeyFileParser() {}

  static Layout parse(InputStream in, EntrySink entries) throws IOException, UnparsableException {
    // The parser would take what begins like UTF-16 or UTF-32 for that, where no byte has its
    // place.
    byte[] begin = in.readNBytes(4);
    if (looksWide(begin)) {
      throw new UnparsableException("the file is not UTF-8");
    }
    InputStream all = new SequenceInputStream(new ByteArrayInputStream(begin), in);
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), all)) {
      return document(p, entries);
    } catch (JacksonIOException e) {
      throw e.getCause();
    } catch (UnexpectedEndOfInputException e) {
      throw unparsable(e.getLocation(), "the file ends too early");
    } catch (JacksonException e) {
      throw unparsable(e.getLocation(), "not valid JSON");
    }
  }

  private static Layout document(JsonParser p, EntrySink entries)
      throws IOException, UnparsableException {
    JsonToken first = p.nextToken();
    if (first == null) {
      throw new UnparsableException("the file is empty (expected: {\"keys\":[...]})");
    }
    if (first != JsonToken.START_OBJECT) {
      throw unparsable(p.currentTokenLocation(), "expected an object with a list \"keys\"");
    }
    Layout layout = null;
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean keys = p.currentName().equals("keys");
      JsonToken value = p.nextToken();
      if (!keys) {
        p.skipChildren();
      } else if (layout != null) {
        throw unparsable(p.currentTokenLocation(), "a second list \"keys\"");
      } else if (value != JsonToken.START_ARRAY) {
        throw unparsable(p.currentTokenLocation(), "\"keys\" is not a list");
      } else {
        layout = list(p, entries);
      }
    }
    TokenStreamLocation end = p.currentLocation();
    if (p.nextToken() != null) {
      throw unparsable(p.currentTokenLocation(), "something follows the end of the document");
    }
    if (layout == null) {
      throw unparsable(end, "there is no list \"keys\"");
    }
    return layout;
  }

  private static Layout list(JsonParser p, EntrySink entries) throws IOException {
    long from = p.currentTokenLocation().getByteOffset();
    EntryReader reader = new EntryReader();
    int position = 0;
    long first = -1;
    long last = -1;
    while (p.nextToken() != JsonToken.END_ARRAY) {
      KeyEntry entry = reader.read(p, ++position);
      first = first < 0 ? entry.span().from() : first;
      last = entry.span().to();
      entries.accept(entry);
    }
    return new Layout(
        new Span(from, p.currentLocation().getByteOffset()),
        position == 0 ? null : new Span(first, last));
  }

  private static boolean looksWide(byte[] begin) {
    for (int i = 0; i < begin.length; i++) {
      boolean isMark = i < 2 && (begin[i] == (byte) 0xFE || begin[i] == (byte) 0xFF);
      if (begin[i] == 0 || isMark) {
        return true;
      }
    }
    return false;
  }

  private static UnparsableException unparsable(@Nullable TokenStreamLocation at, String what) {
    return new UnparsableException(
        at == null || at.getLineNr() < 0
            ? what
            : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": " + what);
  }
}
