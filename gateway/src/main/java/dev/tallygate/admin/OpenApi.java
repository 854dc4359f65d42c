package dev.tallygate.admin;

import dev.tallygate.admin.Route.Access;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The description of the admin API, as a file of its own beside this class. */
final class OpenApi {
  private static final String FILE = "openapi.json";

  private OpenApi() {}

  static Route route() {
    return new Route(
        "GET", "/admin/v1/" + FILE, Access.OPEN, call -> Reply.of("application/json", read()));
  }

  private static ByteBuffer read() throws IOException {
    try (InputStream in = OpenApi.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException("the program lacks its file " + FILE);
      }
      return ByteBuffer.wrap(in.readAllBytes());
    }
  }
}
