package dev.trunkline.bench.compare;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Other programs: finding them, and running them to their end. */
final class Programs {
  private static final List<String> MORE = List.of("/usr/sbin", "/usr/local/sbin");

  private Programs() {}

  /** The executable file of a program on PATH, or where Debian puts servers. */
  static Optional<Path> find(String name) {
    List<String> places =
        new ArrayList<>(Arrays.asList(System.getenv("PATH").split(File.pathSeparator, -1)));
    places.addAll(MORE);
    return places.stream().map(each -> Path.of(each, name)).filter(Files::isExecutable).findFirst();
  }

  /** Runs to the end; returns what it has printed. */
  static String run(Path directory, String... command) throws IOException, InterruptedException {
    return run(directory, Map.of(), List.of(command));
  }

  /**
   * Runs to the end; returns what it has printed.
   *
   * @throws IOException with that text when the program fails
   */
  static String run(Path directory, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(command.getFirst() + " ends with " + status + ":\n" + text.strip());
      }
      return text;
    } finally {
      process.destroyForcibly();
    }
  }
}
