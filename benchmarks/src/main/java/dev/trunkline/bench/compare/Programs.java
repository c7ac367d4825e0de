package dev.trunkline.bench.compare;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Other programs: finding them, and running them to their end. */
final class Programs {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
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
    return run(directory, Map.of(), PATIENCE, List.of(command));
  }

  /**
   * Runs to the end; returns what it has printed.
   *
   * @param limit after which it is killed: one that hangs must not keep the others from their turn
   * @throws IOException with that text when the program fails
   */
  static String run(
      Path directory, Map<String, String> environment, Duration limit, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    long began = System.nanoTime();
    Process process = builder.start();
    Executor later = CompletableFuture.delayedExecutor(limit.toSeconds(), TimeUnit.SECONDS);
    CompletableFuture<?> watch = CompletableFuture.runAsync(() -> kill(process), later);
    try {
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(command.getFirst() + " ends with " + status + ":\n" + text.strip());
      }
      return text;
    } catch (IOException failure) {
      boolean late = System.nanoTime() - began >= limit.toNanos();
      throw late ? tooLong(command, limit, failure) : failure;
    } finally {
      watch.cancel(false);
      kill(process);
    }
  }

  private static IOException tooLong(List<String> command, Duration limit, IOException failure) {
    return new IOException(
        command.getFirst() + " did not end in " + limit.toSeconds() + " s", failure);
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** How many files and sockets a process may have open; those that are started here inherit it. */
  static int mostFiles() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof UnixOperatingSystemMXBean unix
        ? (int) Math.min(Integer.MAX_VALUE, unix.getMaxFileDescriptorCount())
        : Integer.MAX_VALUE;
  }
}
