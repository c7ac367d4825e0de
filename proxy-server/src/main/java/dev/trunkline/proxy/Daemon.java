package dev.trunkline.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The option {@code -d}. A JVM cannot fork, so the program starts itself once more, in a session of
 * its own, and ends when that one serves.
 */
final class Daemon {
  /** Tells the second process that it is the one. */
  private static final String MARK = "trunkline.daemon";

  private static final long POLL_MILLIS = 50;

  private Daemon() {}

  /** Whether this is the process in the background. */
  static boolean isSelf() {
    return System.getProperty(MARK) != null;
  }

  /**
   * Starts the process in the background.
   *
   * @return 0 when it serves, else its exit status
   */
  static int start(String pidfile) throws IOException, InterruptedException {
    if (pidfile.isEmpty()) {
      throw new IOException("daemon needs pidfile configured");
    }
    Process process =
        new ProcessBuilder(command())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(Redirect.DISCARD)
            .start();
    Thread said = Thread.ofPlatform().daemon().start(() -> pass(process.getErrorStream()));
    while (PidFile.read(Path.of(pidfile)) != process.pid()) {
      if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        said.join(); // why it has ended
        return process.exitValue() == 0 ? 1 : process.exitValue();
      }
    }
    return 0;
  }

  /** What the other process says until it serves; then it says nothing any more there. */
  private static void pass(InputStream said) {
    try (said) {
      said.transferTo(System.err);
    } catch (IOException e) {
      System.err.println("trunkline: " + e.getMessage());
    }
  }

  /** This process's own words, behind {@code setsid}, which becomes the program itself. */
  private static List<String> command() throws IOException {
    String words = Files.readString(Path.of("/proc/self/cmdline"), UTF_8);
    List<String> command = new ArrayList<>(List.of(words.split("\0", -1)));
    command.removeLast();
    command.add(1, "-D" + MARK + "=1");
    command.addFirst("setsid");
    return command;
  }
}
