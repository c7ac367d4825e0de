package dev.trunkline.proxy;

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
    long other = read(file);
    // A container's first process has the same number each time.
    if (other != OWN && ProcessHandle.of(other).map(ProcessHandle::isAlive).orElse(false)) {
      throw new IOException("pidfile " + file + " exists, another instance running? pid " + other);
    }
    return new PidFile(file);
  }

  /** The number in it, 0 where there is none. */
  static long read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    String text = Files.readString(file).strip();
    return text.matches("[0-9]{1,10}") ? Long.parseLong(text) : 0;
  }

  void write() throws IOException {
    if (file != null) {
      Files.writeString(file, OWN + "\n");
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
