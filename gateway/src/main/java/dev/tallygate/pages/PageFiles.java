package dev.tallygate.pages;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The files that pages are made of, by the path each is served under; read when they are first
 * asked for. A fixed list: no path of a request is ever looked up in a file system.
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
  // The versions are those of the parent pom.xml.
  private static final String PREACT = "/META-INF/resources/webjars/preact/10.27.2/";
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/";

  private final Map<String, String> resources = new TreeMap<>();
  private final Map<String, PageFile> read = new ConcurrentHashMap<>();

  /**
   * Lists a page's own files, and with them those that pages share: libraries, parts, the look.
   *
   * @param folder the path that all but the page itself are served below, ending in a slash
   * @param own the folder of the page's own resources, ending in a slash
   * @param names their names; {@code index.html} is served under {@code /}
   */
  public PageFiles(String folder, String own, List<String> names) {
    resources.put(folder + "preact.js", PREACT + "dist/preact.umd.js");
    resources.put(folder + "hooks.js", PREACT + "hooks/dist/hooks.umd.js");
    resources.put(folder + "htm.js", SHARED + "htm.umd.js");
    resources.put(folder + "uplot.js", UPLOT + "dist/uPlot.iife.min.js");
    resources.put(folder + "uplot.css", UPLOT + "dist/uPlot.min.css");
    for (String name :
        List.of("lib.js", "parts.js", "format.js", "copy.js", "base.css", "icon.svg")) {
      resources.put(folder + name, SHARED + name);
    }
    for (String name : names) {
      resources.put(name.equals("index.html") ? "/" : folder + name, own + name);
    }
  }

  /** The paths that files are served under. */
  public Set<String> paths() {
    return Set.copyOf(resources.keySet());
  }

  /** The file that is served under a path if it is in memory, or null. Never blocks. */
  public @Nullable PageFile inMemory(String path) {
    return read.get(path);
  }

  /** The file that is served under a path, or null. Blocks while it is read for the first time. */
  public @Nullable PageFile find(String path) {
    String resource = resources.get(path);
    return resource == null ? null : read.computeIfAbsent(path, _ -> PageFile.read(resource));
  }
}
