package dev.trunkline.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server on a free loopback port that follows a script per connection, each on its own thread.
 *
 * <pre>{@code
 * try (FakeServer server = FakeServer.start(connection -> {
 *   connection.login();
 *   connection.expect(Tags.Frontend.QUERY);
 *   connection.send(out -> Backend.commandComplete(out, "SELECT 0"));
 *   connection.ready();
 * })) {
 *   … connect to server.port() …
 *   server.join();
 * }
 * }</pre>
 */
public final class FakeServer implements AutoCloseable {
  private static final int BACKLOG = 128;

  private final ServerSocket listener;
  private final List<Script> scripts;
  private final List<Thread> threads = new ArrayList<>();
  private final List<FakeServerConnection> connections = new ArrayList<>();
  private final AtomicInteger accepted = new AtomicInteger();
  private final Thread acceptor;
  private Throwable failure;
  private boolean closed;

  /** What a connection does; whatever it throws fails the test. */
  @FunctionalInterface
  public interface Script {
    void run(FakeServerConnection connection) throws Exception;
  }

  private FakeServer(ServerSocket listener, List<Script> scripts) {
    this.listener = listener;
    this.scripts = scripts;
    acceptor = Thread.ofVirtual().name("fake server").unstarted(this::accept);
  }

  /** All connections follow the same script. */
  public static FakeServer start(Script script) {
    return start(List.of(script));
  }

  /** The first connection follows the first script, and so on; the last one serves the rest. */
  public static FakeServer start(List<Script> scripts) {
    try {
      ServerSocket listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
      FakeServer server = new FakeServer(listener, List.copyOf(scripts));
      server.acceptor.start();
      return server;
    } catch (IOException failure) {
      throw new UncheckedIOException("could not listen", failure);
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Number of connections accepted so far. */
  public int accepted() {
    return accepted.get();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        serve(new FakeServerConnection(listener.accept(), accepted.incrementAndGet()));
      } catch (IOException end) {
        fail(end);
      }
    }
  }

  private synchronized void serve(FakeServerConnection connection) {
    connections.add(connection);
    if (closed) {
      connection.close();
      return;
    }
    Script script = scripts.get(Math.min(connections.size(), scripts.size()) - 1);
    threads.add(Thread.ofVirtual().start(() -> run(script, connection)));
  }

  private void run(Script script, FakeServerConnection connection) {
    try {
      script.run(connection);
    } catch (Throwable thrown) {
      fail(thrown);
    } finally {
      connection.close(); // after the failure is noted: the test goes on when it sees the end
    }
  }

  /** The first failure counts, and none that closing the server itself provokes. */
  private synchronized void fail(Throwable thrown) {
    if (failure == null && !closed) {
      failure = thrown;
    }
  }

  /**
   * Waits until the scripts of all connections so far have ended.
   *
   * @throws AssertionError if one of them failed, or does not end within 10 seconds
   */
  public void join() {
    started().forEach(FakeServer::join);
    rethrow();
  }

  private static void join(Thread thread) {
    try {
      if (!thread.join(WireSocket.READ_TIMEOUT)) {
        throw new AssertionError("a thread of the fake server does not end: " + thread);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for the fake server", interrupted);
    }
  }

  private synchronized List<Thread> started() {
    return List.copyOf(threads);
  }

  private synchronized void rethrow() {
    if (failure != null) {
      throw new AssertionError("a script of the fake server failed: " + failure, failure);
    }
  }

  /**
   * Stops listening and closes all connections, in the middle of their scripts if need be.
   *
   * @throws AssertionError if a script failed before
   */
  @Override
  public void close() {
    closeConnections();
    join(acceptor);
    join();
  }

  private synchronized void closeConnections() {
    closed = true;
    try {
      listener.close();
    } catch (IOException unexpected) {
      throw new UncheckedIOException("could not stop listening", unexpected);
    }
    connections.forEach(WireSocket::close);
  }
}
