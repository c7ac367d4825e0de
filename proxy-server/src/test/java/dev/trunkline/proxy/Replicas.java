package dev.trunkline.proxy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * Two PostgreSQL servers with the same schema {@code schema_001}, each of which hears of the
 * other's changes by logical replication, and a proxy that knows the first one as host {@code h1}.
 */
final class Replicas implements AutoCloseable {
  private static final String SCHEMA =
      """
      CREATE ROLE app LOGIN PASSWORD 'secret';
      CREATE SCHEMA schema_001 AUTHORIZATION app;
      CREATE TABLE schema_001.entry (client int, seq int, PRIMARY KEY (client, seq));
      CREATE TABLE schema_001.counter (client int PRIMARY KEY, n int NOT NULL);
      INSERT INTO schema_001.counter SELECT i, 0 FROM generate_series(1, 64) i;
      CREATE TABLE schema_001.marker (one bool PRIMARY KEY, n bigint NOT NULL);
      INSERT INTO schema_001.marker VALUES (true, 0);
      ALTER TABLE schema_001.entry OWNER TO app;
      ALTER TABLE schema_001.counter OWNER TO app;
      ALTER TABLE schema_001.marker OWNER TO app;
      CREATE PUBLICATION everything FOR TABLES IN SCHEMA schema_001;
      """;

  private final EmbeddedPostgres[] servers = new EmbeddedPostgres[2];
  final TestCluster cluster;

  Replicas(String overrides) throws IOException, SQLException {
    for (int i = 0; i < 2; i++) {
      servers[i] =
          EmbeddedPostgres.builder()
              .setServerConfig("wal_level", "logical")
              .setServerConfig("max_connections", "200")
              .start();
      try (Connection connection = connect(i)) {
        Sql.run(connection, SCHEMA);
      }
    }
    subscribe(0);
    subscribe(1);
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

  private void subscribe(int server) throws SQLException {
    try (Connection connection = connect(server)) {
      Sql.run(
          connection,
          """
          CREATE SUBSCRIPTION home_%d CONNECTION 'host=127.0.0.1 port=%d dbname=postgres user=postgres'
          PUBLICATION everything WITH (copy_data = false, origin = none)
          """
              .formatted(server, port(1 - server)));
    }
  }

  int port(int server) {
    return servers[server].getPort();
  }

  /** A superuser's connection past the proxy. */
  Connection connect(int server) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port(server) + "/postgres?user=postgres");
  }

  /** The admin console. */
  Connection console() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/pgbouncer?user=admin&password=secret&preferQueryMode=simple"
            .formatted(cluster.port()));
  }

  /** What follows SWAP HOST h1. */
  String to(int server) {
    return "TO 'host=127.0.0.1 port=%d dbname=postgres'".formatted(port(server));
  }

  /** The catch-up clause for a swap to that server. */
  static String catchUp(int server) {
    return " CATCH UP home_%d MARKER 'schema_001.marker'".formatted(server);
  }

  @Override
  public void close() throws IOException {
    cluster.close();
    for (EmbeddedPostgres server : servers) {
      server.close();
    }
  }
}
