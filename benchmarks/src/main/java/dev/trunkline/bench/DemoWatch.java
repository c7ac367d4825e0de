package dev.trunkline.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A shell that cleans up once this JVM has gone, however it went: it waits for the end of a pipe
 * that only the JVM holds, stops servers that still run, and deletes what is not to be kept.
 */
final class DemoWatch implements AutoCloseable {
  /**
   * $1 is the directory; $2 names a file that, once there, makes the directory worth keeping and
   * the servers worth an orderly end.
   */
  private static final String SCRIPT =
      """
      trap '' HUP INT TERM
      read -r line
      signal=QUIT
      if test -n "$2" && test -f "$2"; then signal=INT; fi
      for file in "$1"/host-*/postmaster.pid; do
        test -f "$file" && kill -$signal "$(head -n 1 "$file")"
      done
      tries=0
      while test $tries -lt 50 && ls "$1"/host-*/postmaster.pid; do
        sleep 0.1
        tries=$((tries + 1))
      done
      if test $signal = INT; then exit; fi
      tries=0
      while test $tries -lt 50 && test -e "$1" && ! rm -rf "$1"; do
        sleep 0.1
        tries=$((tries + 1))
      done
      """;

  private final Process shell;

  /**
   * @param directory holds the servers' data directories, {@code host-*}
   * @param keep file in it whose presence at the end keeps it; null for a directory that never
   *     stays
   */
  DemoWatch(Path directory, Path keep) throws IOException {
    shell =
        new ProcessBuilder(
                "sh",
                "-c",
                SCRIPT,
                "demo-watch",
                directory.toString(),
                keep == null ? "" : keep + "")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /** Has the shell clean up now, and waits until it has. */
  @Override
  public void close() throws IOException {
    shell.getOutputStream().close();
    try {
      shell.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
