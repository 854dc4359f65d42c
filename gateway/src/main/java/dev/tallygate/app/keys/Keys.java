package dev.tallygate.app.keys;

import dev.tallygate.app.cli.CommandException;
import dev.tallygate.keys.Rotation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where keys are administered: a key file, or a gateway's admin API. Fields go by their names in
 * the key file; in a change, null stands for "no longer set".
 */
interface Keys extends AutoCloseable {
  /** All keys, in no order. */
  List<KeyView> list() throws CommandException, IOException, InterruptedException;

  /** Those of them that have this name; where there are very many, some. */
  default List<KeyView> named(String name)
      throws CommandException, IOException, InterruptedException {
    return list().stream().filter(key -> key.name().equals(name)).toList();
  }

  /** Makes a key, with a new secret. */
  NewSecret create(ObjectNode fields) throws CommandException, IOException, InterruptedException;

  /** Changes fields of a key. */
  KeyView change(String id, ObjectNode fields)
      throws CommandException, IOException, InterruptedException;

  /** Gives a key a new secret. */
  NewSecret rotate(String id, Rotation rotation)
      throws CommandException, IOException, InterruptedException;

  /** Removes a key. */
  void remove(String id) throws CommandException, IOException, InterruptedException;

  /** A key's latest refused calls, newest first; a file knows of none. */
  default List<JsonNode> refusals(String id) throws CommandException, InterruptedException {
    return List.of();
  }

  /** Adds the keys of a key file. */
  Imported importFrom(Path file) throws CommandException, IOException, InterruptedException;

  @Override
  void close();

  /**
   * A key and the secret that opens it, which nobody can be told again.
   *
   * @param trouble why it is written, but not in force; null: it is
   */
  record NewSecret(KeyView key, String secret, @Nullable String trouble) {}

  /**
   * What came of an import.
   *
   * @param added ids
   * @param skipped entries, each with its reason
   * @param remarks what of those that were added did not come along
   * @param stopped why it ended before its end, or null
   */
  record Imported(
      List<String> added, List<String> skipped, List<String> remarks, @Nullable String stopped) {}
}
