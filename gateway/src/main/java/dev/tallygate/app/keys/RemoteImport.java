package dev.tallygate.app.keys;

import dev.tallygate.app.cli.AdminApi;
import dev.tallygate.app.cli.ApiProblem;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.keys.Keys.Imported;
import dev.tallygate.keys.KeyJson;
import dev.tallygate.model.ApiKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Adds keys one by one through an admin API. */
final class RemoteImport {
  private static final int CONFLICT = 409;
  private static final int UNPROCESSABLE = 422;

  private final AdminApi api;
  private final Instant now;
  private final List<String> added = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  /** With entries that are skipped from the start. */
  RemoteImport(AdminApi api, Instant now, Collection<String> refused) {
    this.api = api;
    this.now = now;
    skipped.addAll(refused);
  }

  /** Adds them, up to the first that fails for another reason than itself. */
  Imported add(Collection<ApiKey> keys) throws InterruptedException {
    for (ApiKey key : keys) {
      try {
        add(key);
      } catch (CommandException e) {
        return imported(String.valueOf(e.getMessage()));
      }
    }
    return imported(null);
  }

  private void add(ApiKey key) throws CommandException, InterruptedException {
    String label = key.name().isEmpty() ? key.id() : key.id() + " (" + key.name() + ")";
    JsonNode answer;
    try {
      answer = api.send("POST", "/keys", KeyJson.copy(key));
    } catch (ApiProblem e) {
      switch (e.status()) {
        case CONFLICT -> skipped.add(label + ": is here already");
        case UNPROCESSABLE -> skipped.add(label + ": " + e.getMessage());
        default -> throw e;
      }
      return;
    }
    added.add(key.id());
    if (answer.hasNonNull("not_in_force")) {
      remarks.add(label + ": " + answer.path("not_in_force").asString(""));
    }
    Instant graceEnds = KeyJson.graceEnds(key, now);
    if (graceEnds != null) {
      remarks.add(
          label
              + ": its secret from before the last rotation, good until "
              + graceEnds.truncatedTo(ChronoUnit.SECONDS)
              + ", does not come along; only the present one works");
    }
  }

  private Imported imported(@Nullable String stopped) {
    return new Imported(added, skipped, remarks, stopped);
  }
}
