package dev.trunkline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the proxy's configuration for a running cluster. */
final class DemoConfig {
  private DemoConfig() {}

  /** Returns the file, {@code trunkline.conf} in the directory. */
  static Path write(Path directory, DemoPorts ports, DemoCluster cluster) throws IOException {
    Path file = directory.resolve("trunkline.conf");
    Files.writeString(
        file,
        TEXT.formatted(
            ports.common(),
            quoted(log(directory)),
            ports.metrics(),
            cluster.port(0),
            cluster.port(1),
            ports.groupA(),
            ports.groupB(),
            cluster.port(0),
            cluster.port(0),
            cluster.port(0),
            quoted(directory.resolve("map.snapshot"))));
    return file;
  }

  /** Where the proxy logs to. */
  static Path log(Path directory) {
    return directory.resolve("trunkline.log");
  }

  private static String quoted(Path path) {
    return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static final String TEXT =
      """
      # Written by benchmarks/demo. docs/configuration.md explains every key.

      pgbouncer {
        listen_addr = "127.0.0.1"
        listen_port = %d
        auth_type = scram-sha-256
        admin_users = [admin]
        stats_users = [stats]
        max_client_conn = 1000
        default_pool_size = 10
        server_tls_sslmode = disable
        logfile = %s
      }

      trunkline {
        metrics_listen = "127.0.0.1:%d"
      }

      hosts {
        host-1 { host = 127.0.0.1, port = %d, dbname = app }
        host-2 { host = 127.0.0.1, port = %d, dbname = app }
      }

      # Clients of a group's own port reach only the workspaces of its hosts.
      groups {
        a { hosts = [host-1], listen = "127.0.0.1:%d" }
        b { hosts = [host-2], listen = "127.0.0.1:%d" }
      }

      databases {
        spaces { sharded = true }
        host1 { host = 127.0.0.1, port = %d, dbname = app }
        catalog { host = 127.0.0.1, port = %d, dbname = catalog }
      }

      users {
        app { password = app }
        admin { password = admin }
        stats { password = stats }
      }

      map {
        type = postgres
        host = 127.0.0.1
        port = %d
        dbname = catalog
        user = trunkline
        password = trunkline
        sslmode = disable
        snapshot_file = %s
        # Statements on these tables go where the key in them says, docs/orms.md.
        sharded_tables {
          key = workspace_id, user = app, password = app
          tables { workspace = "id uuid" }
        }
      }
      """;
}
