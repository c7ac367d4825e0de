package dev.trunkline.proxy.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The HTTP endpoint for Prometheus ({@code /metrics}) and for probes: {@code /health} fails when
 * the process should be restarted, {@code /ready} while it should get no traffic.
 */
public final class MetricsServer implements AutoCloseable {
  private static final String SCRAPE_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final String TEXT_TYPE = "text/plain; charset=utf-8";

  /** What a path answers. */
  private record Answer(int status, String type, String body) {}

  @FunctionalInterface
  private interface Page {
    Answer get();
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Meters meters;
  private final Health health;

  private MetricsServer(HttpServer server, Figures figures, Health health) {
    this.server = server;
    this.meters = new Meters(figures);
    this.health = health;
    server.setExecutor(threads);
    page("/metrics", () -> new Answer(200, SCRAPE_TYPE, meters.scrape()));
    page("/health", this::health);
    page("/ready", this::ready);
    server.start();
  }

  /**
   * Binds and serves.
   *
   * @param host name or address; "*" for all
   * @param port 0 lets the kernel choose
   * @throws IOException when the address cannot be bound, with a sentence
   */
  public static MetricsServer open(String host, int port, Figures figures, Health health)
      throws IOException {
    InetSocketAddress address =
        host.equals("*") ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    try {
      return new MetricsServer(HttpServer.create(address, 0), figures, health);
    } catch (IOException | RuntimeException e) {
      String reason = address.isUnresolved() ? "unknown address" : e.getMessage();
      throw new IOException(
          "cannot listen on " + host + ":" + port + " (trunkline.metrics_listen): " + reason, e);
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  private Answer health() {
    return health.alive()
        ? new Answer(200, TEXT_TYPE, "ok\n")
        : new Answer(503, TEXT_TYPE, "an event loop does not answer\n");
  }

  private Answer ready() {
    List<String> obstacles = health.obstacles();
    return obstacles.isEmpty()
        ? new Answer(200, TEXT_TYPE, "ok\n")
        : new Answer(503, TEXT_TYPE, String.join("\n", obstacles) + "\n");
  }

  /** The JDK's server also gives a page the paths below it. */
  private void page(String path, Page page) {
    server.createContext(
        path,
        exchange -> {
          if (!exchange.getRequestURI().getPath().equals(path)) {
            send(exchange, new Answer(404, TEXT_TYPE, "not found\n"));
          } else {
            send(exchange, method(exchange, page));
          }
        });
  }

  private static Answer method(HttpExchange exchange, Page page) {
    return switch (exchange.getRequestMethod()) {
      case "GET", "HEAD" -> page.get();
      default -> new Answer(405, TEXT_TYPE, "only GET is served\n");
    };
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(answer.status(), -1);
        return;
      }
      exchange.sendResponseHeaders(answer.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    meters.close();
  }
}
