package dev.tallygate.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The file system calls of the store, apart so that tests can make each of them fail. */
class FileOps {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /** Looks at a file's metadata; follows symbolic links. */
  Sight look(Path file) {
    try {
      Map<String, Object> a =
          Files.readAttributes(
              file, "unix:dev,ino,size,lastModifiedTime,ctime,isRegularFile,isDirectory");
      if (!Boolean.TRUE.equals(a.get("isRegularFile"))) {
        // A pipe or a device would block or never end.
        return new Sight.Unreadable(
            Boolean.TRUE.equals(a.get("isDirectory")) ? "is a directory" : "is not a regular file");
      }
      return new Sight.Present(
          number(a, "dev"),
          number(a, "ino"),
          number(a, "size"),
          nanos(a, "lastModifiedTime"),
          nanos(a, "ctime"));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new Sight.Missing();
    } catch (IOException e) {
      return new Sight.Unreadable(reasonOf(e));
    }
  }

  FileChannel openForReading(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /** Whether the file may be changed as far as its own permissions and its mount say. */
  boolean isWritable(Path file) throws IOException {
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
    // Root passes every permission check, but a file without any write bit is meant to stay.
    boolean anyone =
        mode.contains(PosixFilePermission.OWNER_WRITE)
            || mode.contains(PosixFilePermission.GROUP_WRITE)
            || mode.contains(PosixFilePermission.OTHERS_WRITE);
    return anyone && Files.isWritable(file);
  }

  /** Creates a file only its owner can read; one left by a killed process is replaced. */
  FileChannel createPrivate(Path file) throws IOException {
    Files.deleteIfExists(file);
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(OWNER_ONLY));
  }

  /** Gives {@code to} the owner, group and mode of {@code from}. */
  void copyOwnerAndMode(Path from, Path to) throws IOException {
    Map<String, Object> wanted = Files.readAttributes(from, "unix:uid,gid,permissions");
    Map<String, Object> present = Files.readAttributes(to, "unix:uid,gid");
    for (String id : new String[] {"uid", "gid"}) {
      if (!Objects.equals(wanted.get(id), present.get(id))) {
        try {
          Files.setAttribute(to, "unix:" + id, wanted.get(id));
        } catch (FileSystemException e) {
          String kept = id.equals("uid") ? "its owner" : "its group";
          String reason = kept + " cannot be kept by this user (" + e.getReason() + ")";
          throw new FileSystemException(from.toString(), null, reason);
        }
      }
    }
    Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
  }

  /**
   * Gives a new file to whoever owns its folder, where this user may: root makes keys for a gateway
   * that runs as another user, who could not read them.
   */
  void giveToOwnerOf(Path folder, Path file) throws IOException {
    Map<String, Object> owner = Files.readAttributes(folder, "unix:uid,gid");
    if (!Objects.equals(owner.get("uid"), Files.getAttribute(file, "unix:uid"))) {
      try {
        Files.setAttribute(file, "unix:uid", owner.get("uid"));
        Files.setAttribute(file, "unix:gid", owner.get("gid"));
      } catch (FileSystemException e) {
        // Only root may; anybody else keeps it.
        return;
      }
    }
  }

  /** Asks to keep others from writing into a file. */
  ReadLease.Answer lease(Path file) {
    return ReadLease.take(file);
  }

  /** Lets two files change names; false where that cannot be done. */
  boolean exchange(Path a, Path b) {
    return NameExchange.exchange(a, b);
  }

  /** Atomically puts one file in the place of another. */
  void replace(Path source, Path target) throws IOException {
    Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Gives a file a name that nothing has yet. It keeps the old one, which is the caller's to
   * remove.
   *
   * @throws FileAlreadyExistsException when something has that name
   */
  void nameAnew(Path source, Path target) throws IOException {
    try {
      // To rename it would replace what somebody makes there between a look and the renaming.
      Files.createLink(target, source);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      // A file system without links.
      Files.move(source, target);
    }
  }

  /** Makes the names in a folder durable. */
  void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** An I/O failure in words, without the path that the message around it names already. */
  static String reasonOf(IOException e) {
    if (e instanceof java.nio.file.AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (e instanceof java.nio.file.AtomicMoveNotSupportedException) {
      return "is on another file system than its folder";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private static long number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Number n ? n.longValue() : 0;
  }

  private static long nanos(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof FileTime t ? t.to(TimeUnit.NANOSECONDS) : 0;
  }
}
