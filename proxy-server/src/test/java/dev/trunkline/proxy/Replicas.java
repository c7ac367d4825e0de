package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;

/** {@link Replicated} servers, and a proxy that knows the first one as host {@code h1}. */
final class Replicas implements AutoCloseable {
  private final Replicated servers = new Replicated();
  final TestCluster cluster;

  Replicas(String overrides) throws IOException, SQLException {
    cluster =
        TestCluster.start(
            """
            trunkline.swap_user = postgres
            hosts.h1 { host = "127.0.0.1", port = %d, dbname = postgres }
            map.shards { schema_002 = h2, schema_003 = h2 }
            """
                    .formatted(port(0))
                + overrides);
  }

  int port(int server) {
    return servers.port(server);
  }

  /** A superuser's connection past the proxy. */
  Connection connect(int server) throws SQLException {
    return servers.connect(server);
  }

  /** The admin console. */
  Connection console() throws SQLException {
    return cluster.console();
  }

  /** What follows SWAP HOST h1. */
  String to(int server) {
    return servers.to(server);
  }

  /** Waits until something has come about. */
  static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited 20 s").isLessThan(end);
      Thread.sleep(5);
    }
  }

  @Override
  public void close() throws IOException {
    cluster.close();
    servers.close();
  }
}
