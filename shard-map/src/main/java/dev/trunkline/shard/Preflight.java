package dev.trunkline.shard;

import dev.trunkline.shard.PreflightCheck.Result;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.SortedSet;
import java.util.stream.Collectors;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * The checks before a host, shard or workspace gets a new home. Blocks: not for an event loop. It
 * writes nothing on either side.
 *
 * @param old where the data is now
 * @param fresh where it shall be
 * @param schemas the logical shards that move
 * @param users those of the pools, the first of which also compares the two sides
 * @param verify a query of the operator's, run on the new home: one row, one column, true; null for
 *     none
 * @param timeout of each connect and of each statement
 */
public record Preflight(
    Home old,
    Home fresh,
    List<String> schemas,
    List<Credentials> users,
    String verify,
    Duration timeout) {
  /** Differences that are shown, and characters of each. */
  private static final int MAX_SHOWN = 5;

  private static final int MAX_LENGTH = 120;

  /**
   * What changes results when it differs, and must not. Without TimeZone, DateStyle and
   * extra_float_digits, which the driver sets for itself at its log-in: of those the proxy's own
   * connections are told in their first messages.
   */
  private static final String SETTINGS =
      """
      select name, setting from pg_settings where name in ('server_encoding', 'IntervalStyle', 'standard_conforming_strings', 'bytea_output',
        'lc_monetary', 'lc_numeric', 'lc_time', 'default_text_search_config', 'xmlbinary',
        'array_nulls', 'transform_null_equals', 'backslash_quote', 'integer_datetimes')
      union all select 'datcollate', datcollate from pg_database where datname = current_database()
      union all select 'datctype', datctype from pg_database where datname = current_database()
      """;

  /** Of the C library or ICU: indexes on text are sorted by it. Not before PostgreSQL 15. */
  private static final String COLLATION_VERSION =
      """
      select to_jsonb(d) ->> 'datcollversion' from pg_database d where datname = current_database()
      """;

  /**
   * A login of a pool.
   *
   * @param password null for none
   */
  public record Credentials(String user, String password) {
    @Override
    public String toString() {
      return user;
    }
  }

  /** Every check, in order, whatever becomes of those before it, as long as the home answers. */
  public List<PreflightCheck> run() {
    List<PreflightCheck> checks = new ArrayList<>();
    for (Credentials user : users) {
      check(checks, "login of " + user.user(), () -> login(user));
    }
    check(checks, "schemas", this::schemasPresent);
    check(checks, "fingerprint", this::fingerprint);
    check(checks, "writable", this::writable);
    check(checks, "server version", this::serverVersion);
    check(checks, "settings", this::settings);
    check(checks, "collation version", this::collationVersion);
    if (verify != null) {
      check(checks, "verify", this::verified);
    }
    return checks;
  }

  /** Result and found text of one check. */
  private record Finding(Result result, String found) {}

  /** One check. */
  private interface Check {
    Finding find() throws SQLException;
  }

  private static void check(List<PreflightCheck> checks, String name, Check check) {
    long start = System.nanoTime();
    Finding finding;
    try {
      finding = unreachable(checks) ? new Finding(Result.SKIPPED, "not looked at") : check.find();
    } catch (SQLException e) {
      finding = new Finding(Result.FAILED, e.getSQLState() + ": " + e.getMessage());
    }
    long micros = Math.max(1, (System.nanoTime() - start) / 1_000);
    checks.add(new PreflightCheck(name, finding.result(), finding.found(), micros));
  }

  /** Whether the first log-in got no answer: nobody waits for the same timeout eight times. */
  private static boolean unreachable(List<PreflightCheck> checks) {
    return !checks.isEmpty()
        && checks.getFirst().result() == Result.FAILED
        && checks.getFirst().found().startsWith("08");
  }

  private static Finding passedIf(boolean holds, String found) {
    return new Finding(holds ? Result.PASSED : Result.FAILED, found);
  }

  /** A connection whose statements end within the timeout. */
  public static Connection connect(Home home, Credentials user, Duration timeout)
      throws SQLException {
    Properties properties = new Properties();
    String seconds = Long.toString(Math.max(1, timeout.plusMillis(999).toSeconds()));
    PGProperty.PG_HOST.set(properties, home.host());
    PGProperty.PG_PORT.set(properties, Integer.toString(home.port()));
    PGProperty.PG_DBNAME.set(properties, home.database());
    PGProperty.USER.set(properties, user.user());
    if (user.password() != null) {
      PGProperty.PASSWORD.set(properties, user.password());
    }
    PGProperty.CONNECT_TIMEOUT.set(properties, seconds);
    PGProperty.LOGIN_TIMEOUT.set(properties, seconds);
    PGProperty.SOCKET_TIMEOUT.set(properties, seconds);
    PGProperty.APPLICATION_NAME.set(properties, "trunkline");
    return new Driver().connect("jdbc:postgresql:///", properties);
  }

  private Connection connect(Home home) throws SQLException {
    return connect(home, users.getFirst(), timeout);
  }

  private Finding login(Credentials user) throws SQLException {
    try (Connection connection = connect(fresh, user, timeout)) {
      return new Finding(Result.PASSED, "as " + text(connection, "select session_user"));
    }
  }

  private Finding schemasPresent() throws SQLException {
    try (Connection connection = connect(fresh);
        PreparedStatement query =
            connection.prepareStatement(
                "select has_schema_privilege(oid, 'usage') from pg_namespace where nspname = ?")) {
      List<String> missing = new ArrayList<>();
      for (String schema : schemas) {
        query.setString(1, schema);
        try (ResultSet rows = query.executeQuery()) {
          if (!rows.next() || !rows.getBoolean(1)) {
            missing.add(schema);
          }
        }
      }
      String lacking = "missing, or without USAGE: " + String.join(", ", missing);
      return passedIf(missing.isEmpty(), missing.isEmpty() ? schemas.size() + " there" : lacking);
    }
  }

  private Finding fingerprint() throws SQLException {
    try (Connection before = connect(old);
        Connection after = connect(fresh)) {
      SchemaFingerprint was = SchemaFingerprint.read(before, schemas);
      SchemaFingerprint is = SchemaFingerprint.read(after, schemas);
      SortedSet<String> difference = was.difference(is, MAX_LENGTH);
      String shown = difference.stream().limit(MAX_SHOWN).collect(Collectors.joining("\n"));
      int more = difference.size() - MAX_SHOWN;
      String all =
          "- only old, + only new:\n" + shown + (more > 0 ? "\nand " + more + " more" : "");
      return passedIf(
          difference.isEmpty(),
          difference.isEmpty() ? was.lines().size() + " parts are equal" : all);
    }
  }

  private Finding writable() throws SQLException {
    try (Connection connection = connect(fresh)) {
      boolean standby = text(connection, "select pg_is_in_recovery()").equals("t");
      String readOnly = text(connection, "show default_transaction_read_only");
      return passedIf(
          !standby && readOnly.equals("off"),
          (standby ? "in recovery" : "a primary") + ", default_transaction_read_only " + readOnly);
    }
  }

  private Finding serverVersion() throws SQLException {
    try (Connection before = connect(old);
        Connection after = connect(fresh)) {
      String was = text(before, "show server_version");
      String is = text(after, "show server_version");
      String number = "select current_setting('server_version_num')::int / 10000";
      int gap = Integer.parseInt(text(after, number)) - Integer.parseInt(text(before, number));
      Result result = gap == 0 ? Result.PASSED : gap > 0 ? Result.WARNED : Result.FAILED;
      return new Finding(result, was.equals(is) ? was : was + " -> " + is);
    }
  }

  private Finding settings() throws SQLException {
    Map<String, String> was = settings(old);
    Map<String, String> is = settings(fresh);
    List<String> different = new ArrayList<>();
    was.forEach(
        (name, value) -> {
          if (!Objects.equals(value, is.get(name))) {
            different.add(name + " " + value + " -> " + is.get(name));
          }
        });
    different.sort(null);
    return passedIf(
        different.isEmpty(),
        different.isEmpty() ? was.size() + " are equal" : String.join(", ", different));
  }

  private Map<String, String> settings(Home home) throws SQLException {
    Map<String, String> settings = new HashMap<>();
    try (Connection connection = connect(home);
        Statement statement = connection.createStatement()) {
      try (ResultSet rows = statement.executeQuery(SETTINGS)) {
        while (rows.next()) {
          settings.put(rows.getString(1), rows.getString(2));
        }
      }
    }
    return settings;
  }

  private Finding collationVersion() throws SQLException {
    try (Connection before = connect(old);
        Connection after = connect(fresh)) {
      String was = text(before, COLLATION_VERSION);
      String is = text(after, COLLATION_VERSION);
      boolean equal = Objects.equals(was, is);
      String found =
          equal
              ? was == null ? "none recorded" : was
              : "%s -> %s: reindex texts".formatted(was, is);
      return new Finding(equal ? Result.PASSED : Result.WARNED, found);
    }
  }

  private Finding verified() throws SQLException {
    try (Connection connection = connect(fresh)) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
      String answer = text(connection, verify);
      return passedIf("t".equals(answer), "answers " + answer);
    }
  }

  private static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
