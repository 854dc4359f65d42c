package dev.tallygate.pages;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** One file of a page, in memory. */
public final class PageFile {
  private final String contentType;
  private final byte[] bytes;
  private final String etag;

  private PageFile(String contentType, byte[] bytes) {
    this.contentType = contentType;
    this.bytes = bytes;
    this.etag = '"' + HexFormat.of().formatHex(digest(bytes), 0, 8) + '"';
  }

  /**
   * Reads a resource of the program.
   *
   * @param resource its absolute name, whose ending says what it is
   * @throws IllegalArgumentException when there is none, or of an ending unknown here
   */
  static PageFile read(String resource) {
    String contentType = contentType(resource);
    try (InputStream in = PageFile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException(resource + " is not among the program's resources");
      }
      return new PageFile(contentType, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String contentType(String resource) {
    return switch (resource.substring(resource.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "js", "mjs" -> "text/javascript; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> throw new IllegalArgumentException(resource + ": no content type is known for it");
    };
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** For the header {@code Content-Type}. */
  public String contentType() {
    return contentType;
  }

  /** What is in it; read-only. */
  public ByteBuffer body() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /** Its entity tag, quoted; another one when a release changes the file. */
  public String etag() {
    return etag;
  }

  /**
   * Whether a client that sends {@code If-None-Match} has it already.
   *
   * @param ifNoneMatch entity tags (RFC 9110 §13.1.2)
   */
  public boolean isHeldBy(String ifNoneMatch) {
    return Arrays.stream(ifNoneMatch.split(","))
        .map(String::strip)
        .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
        .anyMatch(tag -> tag.equals(etag) || tag.equals("*"));
  }
}
