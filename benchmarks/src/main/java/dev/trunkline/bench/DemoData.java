package dev.trunkline.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.postgresql.PGConnection;

/**
 * The workspaces, where they live, and their way into the servers. The same seed, the same rows.
 */
final class DemoData {
  static final int SHARDS = 6;
  static final int SHARDS_PER_HOST = SHARDS / DemoCluster.HOSTS;

  private static final List<String> FIRST =
      List.of("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Granite", "Harbor");
  private static final List<String> SECOND =
      List.of("Analytics", "Books", "Design", "Foods", "Labs", "Logistics", "Media", "Studio");

  private final long seed;
  private final List<Workspace> workspaces;

  /**
   * A tenant.
   *
   * @param shard 0 to 5
   */
  record Workspace(UUID id, String name, int shard) {
    String schema() {
      return DemoData.schema(shard);
    }

    int host() {
      return DemoData.host(shard);
    }
  }

  DemoData(long seed, int count) {
    this.seed = seed;
    this.workspaces = workspaces(new Random(seed), count);
  }

  private static List<Workspace> workspaces(Random random, int count) {
    List<Workspace> made = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String name = FIRST.get(random.nextInt(8)) + " " + SECOND.get(random.nextInt(8)) + " " + i;
      made.add(new Workspace(uuid(random), name, i % SHARDS));
    }
    return made;
  }

  /** A version 4 UUID that the seed decides. */
  static UUID uuid(Random random) {
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  static String schema(int shard) {
    return String.format("schema_%03d", shard + 1);
  }

  static int host(int shard) {
    return shard / SHARDS_PER_HOST;
  }

  List<Workspace> workspaces() {
    return workspaces;
  }

  /** The first workspace that lives on a host; there may be none when there are few. */
  Workspace on(int host) {
    return workspaces.stream().filter(each -> each.host() == host).findFirst().orElseThrow();
  }

  /** Creates roles, databases and the schemas that a host holds. */
  static void createSchemas(DemoCluster cluster, int host) throws SQLException, IOException {
    try (Connection connection = cluster.connect(host, "postgres")) {
      execute(connection, resource("roles.sql").split(";", -1));
    }
    try (Connection connection = cluster.connect(host, "app")) {
      String tables = resource("tables.sql");
      for (int shard = host * SHARDS_PER_HOST; shard < (host + 1) * SHARDS_PER_HOST; shard++) {
        String schema = schema(shard);
        execute(
            connection,
            "create schema " + schema + " authorization app",
            "set role app; set search_path = " + schema,
            tables,
            "reset role");
      }
    }
  }

  /** Fills the logical shards; returns the number of rows. */
  long fill(DemoCluster cluster) throws SQLException, IOException {
    long rows = 0;
    for (int shard = 0; shard < SHARDS; shard++) {
      DemoRows content = new DemoRows();
      for (Workspace workspace : workspaces) {
        if (workspace.shard() == shard) {
          content.add(workspace, new Random(seed ^ workspace.id().getLeastSignificantBits()));
        }
      }
      try (Connection connection = cluster.connect(host(shard), "app")) {
        rows += content.copyInto(connection, schema(shard));
      }
    }
    return rows;
  }

  /** Creates the catalog on the first host and writes the map of shards and workspaces. */
  void writeMap(DemoCluster cluster) throws SQLException, IOException {
    try (Connection connection = cluster.connect(0, "postgres")) {
      execute(connection, "create database catalog");
    }
    try (Connection connection = cluster.connect(0, "catalog")) {
      execute(
          connection,
          resource("catalog.sql"),
          "grant usage on schema trunkline to trunkline, admin",
          "grant select on all tables in schema trunkline to trunkline, admin",
          "grant insert, update, delete on trunkline.shard, trunkline.workspace to admin");
      StringBuilder shards = new StringBuilder();
      for (int shard = 0; shard < SHARDS; shard++) {
        shards
            .append(schema(shard))
            .append('\t')
            .append(DemoCluster.name(host(shard)))
            .append('\n');
      }
      copy(connection, "trunkline.shard (name, host)", shards);
      StringBuilder rows = new StringBuilder();
      for (Workspace workspace : workspaces) {
        rows.append(workspace.id()).append('\t').append(workspace.schema()).append('\n');
      }
      copy(connection, "trunkline.workspace (id, shard)", rows);
    }
  }

  /** Text-format COPY; returns the number of rows. */
  static long copy(Connection connection, String table, CharSequence rows)
      throws SQLException, IOException {
    return connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyIn("copy " + table + " from stdin", new StringReader(rows.toString()));
  }

  private static void execute(Connection connection, String... commands) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String command : commands) {
        statement.execute(command);
      }
    }
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = DemoData.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
