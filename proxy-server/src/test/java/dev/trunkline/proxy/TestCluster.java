package dev.trunkline.proxy;

import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.wire.FakeClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;

/**
 * A running proxy in front of two real PostgreSQL servers, for tests. The servers are shared by all
 * clusters of the JVM; each cluster has a proxy and a configuration file of its own.
 *
 * <p>Logical shards {@code schema_001} to {@code schema_003} live on host {@code h1} in group
 * {@code g1}, {@code schema_004} to {@code schema_006} on {@code h2} in {@code g2}. Workspaces
 * {@code w1} to {@code w6} lie in the shard of their number, {@code w11} to {@code w16} in the same
 * shards once more. Databases: {@code app} is sharded; {@code plain} (host 1), {@code plain2} (host
 * 2), {@code sess} and {@code stmt} (host 1, session and statement mode) are not. Users {@code app}
 * and {@code admin} have the password {@code secret}.
 */
public final class TestCluster implements AutoCloseable {
  public static final String USER = "app";
  public static final String PASSWORD = "secret";

  private final Path file;
  private final Proxy proxy;

  private TestCluster(Path file, Proxy proxy) {
    this.file = file;
    this.proxy = proxy;
  }

  private static final class Shared {
    private static final TestCluster INSTANCE = start("");
  }

  /** The cluster with the plain configuration, one per JVM; not to be closed. */
  public static TestCluster shared() {
    return Shared.INSTANCE;
  }

  /**
   * Starts a proxy.
   *
   * @param overrides HOCON behind the usual configuration, such as {@code
   *     pgbouncer.default_pool_size = 1}; what is written twice counts as written last
   */
  public static TestCluster start(String overrides) {
    try {
      Path file = Files.createTempFile("trunkline", ".conf");
      Files.writeString(file, configuration() + overrides + "\n");
      return new TestCluster(file, Proxy.start(file, Set.of()));
    } catch (IOException failure) {
      throw new UncheckedIOException("could not start the proxy", failure);
    } catch (ConfigException failure) {
      throw new AssertionError("the test's configuration is wrong", failure);
    }
  }

  /** Like {@link #start}, on one transport; the test is skipped where that is not available. */
  public static TestCluster startOn(String transport, String overrides) {
    try {
      return start("trunkline.transport = " + transport + "\n" + overrides);
    } catch (IllegalStateException unavailable) {
      return Assumptions.abort(unavailable.getMessage());
    }
  }

  private static String configuration() {
    StringBuilder text =
        new StringBuilder(
            """
            pgbouncer {
              listen_addr = "127.0.0.1", listen_port = 0, auth_type = scram-sha-256
              admin_users = [admin], max_client_conn = 2000, default_pool_size = 20
              server_tls_sslmode = disable, log_connections = 0, log_disconnections = 0
            }
            trunkline { metrics_listen = "" }
            users { app { password = secret }, admin { password = secret } }
            databases {
              app { sharded = true, search_path = [public] }
              plain { host = "127.0.0.1", port = %1$d, dbname = postgres }
              plain2 { host = "127.0.0.1", port = %2$d, dbname = postgres }
              sess { host = "127.0.0.1", port = %1$d, dbname = postgres, pool_mode = session }
              stmt { host = "127.0.0.1", port = %1$d, dbname = postgres, pool_mode = statement }
            }
            hosts {
              h1 { host = "127.0.0.1", port = %1$d, dbname = postgres }
              h2 { host = "127.0.0.1", port = %2$d, dbname = postgres }
            }
            groups { g1 { hosts = [h1] }, g2 { hosts = [h2] } }
            map { type = file, placement = none }
            """
                .formatted(hostPort(0), hostPort(1)));
    for (int shard = 1; shard <= TestHosts.COUNT * TestHosts.SHARDS_PER_HOST; shard++) {
      String schema = TestHosts.schema(shard);
      int host = (shard - 1) / TestHosts.SHARDS_PER_HOST + 1;
      text.append("map.shards.").append(schema).append(" = h").append(host).append('\n');
      text.append("map.workspaces.w").append(shard).append(" = ").append(schema).append('\n');
      text.append("map.workspaces.w1").append(shard).append(" = ").append(schema).append('\n');
    }
    return text.toString();
  }

  public Proxy proxy() {
    return proxy;
  }

  /** The configuration file; to be rewritten before a {@link Proxy#reload}. */
  public Path file() {
    return file;
  }

  /** Port of the proxy. */
  public int port() {
    return proxy.port();
  }

  /** Port of a PostgreSQL server, 0 or 1. */
  public static int hostPort(int host) {
    return TestHosts.SHARED.port(host);
  }

  /** A URL for pgjdbc that names the user; further options can be appended with {@code &}. */
  public String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s&password=%s&socketTimeout=20"
        .formatted(port(), database, USER, PASSWORD);
  }

  /** A connection to a database of the proxy. */
  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database));
  }

  /** A connection with further options such as {@code prepareThreshold=1&binaryTransfer=true}. */
  public Connection connect(String database, String options) throws SQLException {
    return DriverManager.getConnection(url(database) + "&" + options);
  }

  /** A connection to the sharded database that begins in a workspace. */
  public Connection workspace(String workspace) throws SQLException {
    return connect("app", "options=-c%20trunkline.workspace=" + workspace);
  }

  /** A connection of the administrator to the console. */
  public Connection console() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/pgbouncer?user=admin&password=%s&preferQueryMode=simple"
            .formatted(port(), PASSWORD));
  }

  /** A logged-in raw client of a database of the proxy. */
  public FakeClient client(String database) {
    return FakeClient.connect(port()).login(USER, database, PASSWORD);
  }

  /** A superuser's connection to a PostgreSQL server, 0 or 1, past the proxy. */
  public static Connection direct(int host) throws SQLException {
    return TestHosts.SHARED.connect(host);
  }

  /** A logged-in raw client of a PostgreSQL server, past the proxy. */
  public static FakeClient directClient(int host) {
    return FakeClient.connect(hostPort(host)).login(USER, "postgres", PASSWORD);
  }

  /** Stops the proxy; the servers go on. */
  @Override
  public void close() {
    proxy.close();
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".map"));
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".map.lock"));
    } catch (IOException failure) {
      throw new UncheckedIOException("could not delete " + file, failure);
    }
  }
}
