package dev.trunkline.bench;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** Connections through the proxy, as an application makes them. */
final class DemoClient {
  /** A proxy that does not answer fails a check instead of stopping it for ever. */
  private static final String ANSWER_SECONDS = "10";

  private DemoClient() {}

  /** A connection of the user "app" to any database of the proxy. */
  static Connection connect(int port, String database) throws SQLException {
    return connect(port, database, "app", new Properties());
  }

  /** A workspace named by a startup option. */
  static Connection withOption(int port, String workspace) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("options", "-c trunkline.workspace=" + workspace);
    return connect(port, "spaces", "app", properties);
  }

  /** The console, which speaks the simple query protocol. */
  static Connection console(int port) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("preferQueryMode", "simple");
    return connect(port, "trunkline", "admin", properties);
  }

  private static Connection connect(int port, String database, String user, Properties properties)
      throws SQLException {
    properties.setProperty("loginTimeout", ANSWER_SECONDS);
    properties.setProperty("socketTimeout", ANSWER_SECONDS);
    properties.setProperty("user", user);
    properties.setProperty("password", user);
    String name = URLEncoder.encode(database, StandardCharsets.UTF_8);
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + name, properties);
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
