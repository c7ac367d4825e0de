package dev.trunkline.bench.compare;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A started peer. */
final class Running implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

  private final Peer peer;
  private final int port;
  private final Process process;

  private Running(Peer peer, int port, Process process) {
    this.peer = peer;
    this.port = port;
    this.process = process;
  }

  /** Starts a peer and waits until it has answered a query. */
  static Running start(Peer peer, Bench bench, Setup setup)
      throws IOException, InterruptedException {
    if (peer.launch() == null) {
      return new Running(peer, bench.port(), null);
    }
    int port = freePort();
    Path log = bench.directory().resolve(peer.name() + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(peer.launch().command(bench, setup, port))
            .directory(bench.directory().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Map<String, String> environment = peer.launch().environment(bench, setup, port);
    builder.environment().putAll(environment);
    Running running = new Running(peer, port, builder.start());
    try {
      running.await(setup, log);
      return running;
    } catch (IOException | InterruptedException failure) {
      running.close();
      throw failure;
    }
  }

  private void await(Setup setup, Path log) throws IOException, InterruptedException {
    long end = System.nanoTime() + START.toNanos();
    while (true) {
      try (Connection connection = Bench.connect(port, setup)) {
        connection.createStatement().execute("SELECT 1");
        return;
      } catch (SQLException notYet) {
        if (!process.isAlive() || System.nanoTime() > end) {
          throw new IOException(
              peer.name()
                  + " does not start: "
                  + notYet.getMessage()
                  + "\n"
                  + Files.readString(log),
              notYet);
        }
        Thread.sleep(100);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  Peer peer() {
    return peer;
  }

  int port() {
    return port;
  }

  /** Of a peer that was started. */
  long pid() {
    return process.pid();
  }

  /** What the process has used until now; nothing for the server itself, which is many. */
  ProcessSample sample() throws IOException {
    return process == null ? ProcessSample.NONE : ProcessSample.of(process.pid());
  }

  @Override
  public void close() {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
