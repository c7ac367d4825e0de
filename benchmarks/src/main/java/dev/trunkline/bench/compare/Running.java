package dev.trunkline.bench.compare;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A started peer. */
final class Running implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

  private final Peer peer;
  private final Bench bench;
  private final Setup setup;
  private final int port;
  private final Path log;
  private Process process;
  private long began;

  private Running(Peer peer, Bench bench, Setup setup, int port) {
    this.peer = peer;
    this.bench = bench;
    this.setup = setup;
    this.port = port;
    this.log = bench.directory().resolve(peer.name() + ".log");
  }

  /** Starts a peer and waits until it has answered a query. */
  static Running start(Peer peer, Bench bench, Setup setup)
      throws IOException, InterruptedException {
    if (peer.launch() == null) {
      return new Running(peer, bench, setup, bench.port());
    }
    Running running = launch(peer, bench, setup);
    running.await();
    return running;
  }

  /** Starts the program of a peer, and does not wait for anything. */
  static Running launch(Peer peer, Bench bench, Setup setup)
      throws IOException, InterruptedException {
    Running running = new Running(peer, bench, setup, freePort());
    running.launch();
    return running;
  }

  private void launch() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(peer.launch().command(bench, setup, port))
            .directory(bench.directory().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(peer.launch().environment(bench, setup, port));
    began = System.nanoTime();
    process = builder.start();
  }

  /** Starts it again if its process has ended. */
  void revive() throws IOException, InterruptedException {
    if (process != null && !process.isAlive()) {
      launch();
      await();
    }
  }

  /** Closes it when it does not come up. */
  private void await() throws IOException, InterruptedException {
    try {
      awaitAnswer();
    } catch (IOException | InterruptedException failure) {
      close();
      throw failure;
    }
  }

  private void awaitAnswer() throws IOException, InterruptedException {
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

  boolean isAlive() {
    return process.isAlive();
  }

  /** Since the program was started. */
  double ageMillis() {
    return (System.nanoTime() - began) / 1e6;
  }

  /** What the process has used until now; null for the server itself, which is many. */
  ProcessSample sample() throws IOException {
    return process == null ? null : ProcessSample.of(process.pid());
  }

  /** Of its garbage collector until now, in milliseconds; empty for who has none. */
  Optional<List<Double>> pauses() throws IOException {
    Path file = process == null ? null : peer.launch().gcLog(bench);
    return file == null ? Optional.empty() : Optional.of(GcLog.pauses(file));
  }

  /** After the last collection until now, in bytes; empty for who has had none. */
  OptionalLong heap() throws IOException {
    Path file = process == null ? null : peer.launch().gcLog(bench);
    return file == null ? OptionalLong.empty() : GcLog.heap(file);
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
