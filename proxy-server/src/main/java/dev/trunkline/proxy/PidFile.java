package dev.trunkline.proxy;

import dev.trunkline.proxy.config.OsError;
import dev.trunkline.proxy.metrics.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that says which process this is: {@code pidfile}. */
final class PidFile implements AutoCloseable {
  private static final long OWN = ProcessHandle.current().pid();

  private final Path file;

  private PidFile(Path file) {
    this.file = file;
  }

  /**
   * Refuses to start beside a process that runs; what a dead one has left is taken over.
   *
   * @param name "" for none
   * @throws IOException with a sentence
   */
  static PidFile claim(String name) throws IOException {
    if (name.isEmpty()) {
      return new PidFile(null);
    }
    Path file = Path.of(name);
    String text = text(file);
    long other = number(text);
    boolean foreign = other == 0 && !text.isEmpty(); // not ours to overwrite
    // A container's first process has the same number each time.
    if (foreign || (other != OWN && lives(other))) {
      throw new IOException("pidfile '" + file + "' exists, another instance running? " + text);
    }
    if (other != 0) {
      Log.log("stale pidfile, removing");
    }
    return new PidFile(file);
  }

  private static boolean lives(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  /** The number in it, 0 where there is none. */
  static long read(Path file) throws IOException {
    return number(text(file));
  }

  private static String text(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file).strip() : "";
  }

  private static long number(String text) {
    return text.matches("[0-9]{1,10}") ? Long.parseLong(text) : 0;
  }

  /** From now on others can find the process. */
  void write() throws IOException {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, OWN + "\n");
    } catch (IOException e) {
      throw new IOException("could not open pidfile '" + file + "': " + OsError.reason(e), e);
    }
  }

  @Override
  public void close() {
    try {
      if (file != null && read(file) == OWN) {
        Files.delete(file);
      }
    } catch (IOException e) {
      Log.warning("cannot remove pidfile: " + e.getMessage());
    }
  }
}
