package dev.trunkline.proxy;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/**
 * The unix socket in {@code unix_socket_dir}, and the rules by which PgBouncer takes and leaves it.
 *
 * @param path as the kernel is told it; begins with NUL if abstract
 * @param file null if abstract
 * @param port the number in its name
 */
record UnixSocket(String path, Path file, int port) {
  static UnixSocket of(String directory, int port) {
    String name = "/.s.PGSQL." + port;
    return directory.startsWith("@")
        ? new UnixSocket("\0" + directory.substring(1) + name, null, port)
        : new UnixSocket(directory + name, Path.of(directory + name), port);
  }

  /**
   * Takes the name: it may be left from a process that has died, but not be in use.
   *
   * @throws IOException with a sentence
   */
  void claim() throws IOException {
    if (file == null) {
      return;
    }
    Path lock = Path.of(path + ".lock");
    if (Files.exists(lock)) {
      throw new IOException("unix port " + port + " is in use: " + lock + " exists");
    }
    if (answers()) {
      throw new IOException("unix socket is in use, cannot continue: " + file);
    }
    Files.deleteIfExists(file);
  }

  private boolean answers() {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      return channel.isConnected();
    } catch (IOException _) {
      return false; // nobody listens, or there is no such file
    }
  }

  /** Sets the access mode and the group. */
  void protect(Settings settings) throws IOException {
    if (file == null) {
      return;
    }
    String group = settings.get(Keys.UNIX_SOCKET_GROUP);
    if (!group.isEmpty()) {
      GroupPrincipal owner =
          file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
      Files.getFileAttributeView(file, PosixFileAttributeView.class).setGroup(owner);
    }
    int mode = Integer.parseInt(settings.get(Keys.UNIX_SOCKET_MODE), 8);
    Files.setPosixFilePermissions(file, permissions(mode));
  }

  /** The bits of a mode, from the owner's read bit down. */
  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    int bit = 0400;
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      if ((mode & bit) != 0) {
        set.add(permission);
      }
      bit >>= 1;
    }
    return set;
  }

  void remove() throws IOException {
    if (file != null) {
      Files.deleteIfExists(file);
    }
  }

  @Override
  public String toString() {
    return "unix:" + path.replace('\0', '@');
  }
}
