package dev.trunkline.proxy;

import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.TablesConfig;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.route.Firewall;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.route.SqlRouting;
import dev.trunkline.shard.Placement;
import dev.trunkline.shard.ShapeCache;
import dev.trunkline.shard.ShardedTables;
import dev.trunkline.shard.SqlScanner;
import dev.trunkline.shard.TableCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * Keeps the declaration of sharded tables up to date with the catalog of a host. As long as no host
 * has answered, only what is declared by hand is known, and everything else cannot be told. Reading
 * blocks: on threads of its own, never on an event loop.
 */
final class DeclaredTables implements AutoCloseable {
  private static final int SHAPE_THREADS = 2;
  private static final String TIMEOUT_SECONDS = "5";
  private static final ShardedTables NOTHING = new ShardedTables(Map.of(), Set.of(), Set.of());

  private final ShapeCache shapes;
  private final SqlRouting routing;
  private String problem = "";

  DeclaredTables(ProxyConfig config) {
    long bytes = config.settings().get(Keys.SHAPE_CACHE_BYTES);
    this.shapes = new ShapeCache(NOTHING, bytes, SHAPE_THREADS);
    this.routing = new SqlRouting(shapes, new Firewall(Log::warning));
  }

  /** Null when nothing is declared, or routing by SQL is switched off. */
  SqlRouting routing(ProxyConfig config) {
    boolean on = config.tables() != null && config.settings().get(Keys.SQL_ROUTING);
    return on ? routing : null;
  }

  /** Reads the declaration again; a host that cannot be asked leaves what was known before. */
  synchronized void refresh(ProxyConfig config, Router router) {
    TablesConfig tables = config.tables();
    if (tables == null || router == null) {
      return;
    }
    if (tables.key() == null) {
      shapes.declare(byHand(tables));
      return;
    }
    try {
      shapes.declare(fromCatalog(config, tables, router));
      problem = "";
    } catch (SQLException e) {
      failed(tables, e);
    }
  }

  /** What was read under an older declaration does not hold for the new one. */
  private void failed(TablesConfig tables, SQLException e) {
    String message = "cannot read the sharded tables: " + e.getMessage();
    if (!message.equals(problem)) {
      Log.warning(message);
      problem = message;
    }
    if (!agrees(tables, shapes.tables())) {
      shapes.declare(byHand(tables));
    }
  }

  private static boolean agrees(TablesConfig tables, ShardedTables known) {
    Map<String, ShardedTables.KeyColumn> now = known.sharded();
    return known.reference().equals(Set.copyOf(tables.reference()))
        && known.functions().equals(Set.copyOf(tables.functions()))
        && tables.declared().entrySet().stream()
            .allMatch(e -> e.getValue().equals(now.get(e.getKey())))
        && now.entrySet().stream()
            .allMatch(
                e ->
                    tables.declared().containsKey(e.getKey())
                        || e.getValue().name().equals(tables.key()));
  }

  private static ShardedTables byHand(TablesConfig tables) {
    return new ShardedTables(tables.declared(), tables.reference(), tables.functions());
  }

  private static ShardedTables fromCatalog(ProxyConfig config, TablesConfig tables, Router router)
      throws SQLException {
    SQLException failure = new SQLException("the shard map has no logical shard");
    Map<String, Placement> oneEach = new HashMap<>();
    router.store().shards().forEach(shard -> oneEach.putIfAbsent(shard.host(), shard));
    for (Placement shard : oneEach.values()) {
      HostConfig host = config.hosts().get(shard.host());
      if (host == null) {
        continue;
      }
      try (Connection connection = connect(config, host, tables)) {
        return TableCatalog.read(
            connection,
            shard.shard(),
            tables.key(),
            tables.declared(),
            tables.reference(),
            tables.functions());
      } catch (SQLException e) {
        failure = e;
      }
    }
    throw failure;
  }

  private static Connection connect(ProxyConfig config, HostConfig host, TablesConfig tables)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", tables.user());
    if (tables.password() != null) {
      properties.setProperty("password", tables.password());
    }
    String tls = config.settings().get(Keys.SERVER_TLS_SSLMODE).name();
    properties.setProperty("sslmode", tls.toLowerCase(Locale.ROOT).replace('_', '-'));
    String ca = config.settings().get(Keys.SERVER_TLS_CA_FILE);
    if (!ca.isEmpty()) {
      properties.setProperty("sslrootcert", ca);
    }
    properties.setProperty("connectTimeout", TIMEOUT_SECONDS);
    properties.setProperty("loginTimeout", TIMEOUT_SECONDS);
    properties.setProperty("socketTimeout", TIMEOUT_SECONDS);
    properties.setProperty("ApplicationName", "trunkline");
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s".formatted(host.host(), host.port(), host.dbname()),
        properties);
  }

  /** Learns the shapes of a file of known statements, so that no client waits for them. */
  void warm(ProxyConfig config) {
    String file = config.settings().get(Keys.SHAPES_FILE);
    if (file.isEmpty() || config.tables() == null) {
      return;
    }
    try {
      List<byte[]> statements = statements(Files.readAllBytes(Path.of(file)));
      shapes.warm(statements);
      Log.log("learned the shapes of " + statements.size() + " statements from " + file);
    } catch (IOException e) {
      Log.warning("cannot read shapes_file: " + e);
    }
  }

  private static List<byte[]> statements(byte[] text) {
    SqlScanner scanner = new SqlScanner();
    scanner.scan(text, 0, text.length);
    List<byte[]> statements = new ArrayList<>();
    for (int i = 0; i < scanner.count(); i++) {
      statements.add(Arrays.copyOfRange(text, scanner.start(i), scanner.end(i)));
    }
    return statements;
  }

  @Override
  public void close() {
    shapes.close();
  }
}
