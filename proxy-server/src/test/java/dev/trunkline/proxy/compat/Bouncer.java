package dev.trunkline.proxy.compat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The real PgBouncer, where the machine has one: {@code -Dtrunkline.pgbouncer=program}. */
final class Bouncer implements AutoCloseable {
  private static final String PROGRAM = System.getProperty("trunkline.pgbouncer", "pgbouncer");

  private final Process process;

  private Bouncer(Process process) {
    this.process = process;
  }

  /** Such as 1.18; ends the test as skipped where there is none. */
  static String version() throws IOException, InterruptedException {
    Optional<String> text = output(PROGRAM, "--version");
    assumeTrue(text.isPresent(), "no PgBouncer on this machine (package pgbouncer): skipped");
    String number = text.get().lines().findFirst().orElseThrow().replace("PgBouncer ", "");
    return number.substring(0, number.lastIndexOf('.'));
  }

  private static Optional<String> output(String... command)
      throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException _) {
      return Optional.empty();
    }
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    return process.waitFor() == 0 ? Optional.of(text) : Optional.empty();
  }

  /** Starts it on a file that has {@code listen_port = port}; it does not run as root. */
  static Bouncer start(Path file, int port) throws IOException {
    List<String> command = new ArrayList<>(List.of(PROGRAM));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody"));
      readableByAll(file.getParent());
    }
    command.add(file.toString());
    Path output = file.resolveSibling("pgbouncer.out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    awaitPort(process, port, output);
    return new Bouncer(process);
  }

  private static void readableByAll(Path directory) throws IOException {
    for (Path path = directory; path.getNameCount() > 1; path = path.getParent()) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static void awaitPort(Process process, int port, Path output) throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!listens(port)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("PgBouncer did not start: " + Files.readString(output));
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private static boolean listens(int port) {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
