package dev.tallygate.app.keys;

import dev.tallygate.app.cli.AdminApi;
import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.CommandException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Ids of the keys that people name, for commands that know ids only. */
public final class KeyIds {
  private KeyIds() {}

  /** That of a key of the key file; null: there is none. */
  public static @Nullable String inFile(Call call, String given)
      throws CommandException, IOException, InterruptedException {
    try (FileKeys keys = Places.openFile(call)) {
      return id(keys, given);
    }
  }

  /** That of a key of a gateway; null: there is none. The API stays open. */
  @SuppressWarnings("resource") // it would close the API
  public static @Nullable String in(AdminApi api, Call call, String given)
      throws CommandException, IOException, InterruptedException {
    return id(new RemoteKeys(api, call.around().ticker()), given);
  }

  private static @Nullable String id(Keys keys, String given)
      throws CommandException, IOException, InterruptedException {
    KeyView key = KeyNames.match(keys, given);
    return key == null ? null : key.id();
  }
}
