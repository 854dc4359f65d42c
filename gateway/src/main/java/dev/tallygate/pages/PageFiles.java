package dev.tallygate.pages;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The files that pages are made of, by the path each is served under; read once, at the start. A
 * fixed list: no path of a request is ever looked up in a file system.
 */
public final class PageFiles {
  /**
   * What every file is served with. Nothing comes from elsewhere, nothing is inline, nobody may put
   * the page into a frame; browsers ask each time whether they still have the current edition.
   */
  public static final Map<String, String> HEADERS =
      Map.of(
          "cache-control",
          "no-cache",
          "content-security-policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
              + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "referrer-policy",
          "no-referrer",
          "x-content-type-options",
          "nosniff");

  private static final String SHARED = "/dev/tallygate/pages/";
  private static final String PREACT = "/META-INF/resources/webjars/preact/10.28.0/";

  private final Map<String, PageFile> files = new TreeMap<>();

  /**
   * Reads them, and with them those that every page loads: libraries, parts, the look.
   *
   * @param folder the path that the shared ones are served below, ending in a slash
   * @param resources absolute names of the page's own resources by the paths they are served under
   */
  public PageFiles(String folder, Map<String, String> resources) {
    add(folder + "preact.js", PREACT + "dist/preact.umd.js");
    add(folder + "hooks.js", PREACT + "hooks/dist/hooks.umd.js");
    add(folder + "htm.js", SHARED + "htm.umd.js");
    for (String name :
        List.of("lib.js", "parts.js", "format.js", "copy.js", "base.css", "icon.svg")) {
      add(folder + name, SHARED + name);
    }
    resources.forEach(this::add);
  }

  private void add(String path, String resource) {
    files.put(path, PageFile.read(resource));
  }

  /** The file that is served under a path, or null. */
  public @Nullable PageFile find(String path) {
    return files.get(path);
  }
}
