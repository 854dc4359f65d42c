package dev.tallygate.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The folder in which keys and usage lie. */
public final class DataFolder {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private DataFolder() {}

  /** Makes it, and those above it, for its owner only; one that is there stays as it is. */
  public static Path create(Path folder) throws IOException {
    return Files.createDirectories(folder, OWNER_ONLY);
  }
}
