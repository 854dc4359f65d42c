package dev.tallygate.app.keys;

import dev.tallygate.app.cli.CommandException;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the key that a person means. */
final class KeyNames {
  private KeyNames() {}

  /**
   * The key of this id, or of this name where only one has it. What was given is in no message: it
   * may be a secret.
   *
   * @throws CommandException when there is none, or several have the name
   */
  static KeyView find(Keys keys, String given)
      throws CommandException, IOException, InterruptedException {
    KeyView key = match(keys, given);
    if (key == null) {
      throw new CommandException(
          "there is no such key. Keys go by their id, such as k_0123456789ab, or by their name;"
              + " 'tallygate keys list' shows both");
    }
    return key;
  }

  /** What whoever makes a key of this name should know. */
  static List<String> remarks(Keys keys, String name) throws InterruptedException {
    try {
      List<KeyView> named = keys.named(name);
      return named.isEmpty()
          ? List.of()
          : List.of(
              named.size()
                  + (named.size() == 1 ? " other key has" : " other keys have")
                  + " this name ("
                  + named.getFirst().id()
                  + "): name each by its id.");
    } catch (CommandException | IOException e) {
      // What is wrong, the making of the key will tell.
      return List.of();
    }
  }

  /** The same; null when there is none. */
  static @Nullable KeyView match(Keys keys, String given)
      throws CommandException, IOException, InterruptedException {
    List<KeyView> all = keys.list();
    for (KeyView key : all) {
      if (key.id().equals(given)) {
        return key;
      }
    }
    List<KeyView> named = all.stream().filter(key -> key.name().equals(given)).toList();
    if (named.size() > 1) {
      throw new CommandException(
          named.size()
              + " keys have this name; name one by its id: "
              + named.stream().map(KeyView::id).sorted().collect(Collectors.joining(", ")));
    }
    return named.isEmpty() ? null : named.getFirst();
  }
}
