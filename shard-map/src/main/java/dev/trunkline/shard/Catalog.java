package dev.trunkline.shard;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** The database the map is read from, as far as the store needs it: a port for the tests. */
interface Catalog {
  /** Connects; blocks up to the query timeout. */
  Session open() throws SQLException;

  /** Where it is, without secrets. */
  String address();

  /**
   * One connection, used by one thread; only {@link #close} may come from another, and breaks
   * whatever is going on. After an exception nothing but close may be called.
   */
  interface Session extends AutoCloseable {
    /** The rows of these workspaces and the version, all of one snapshot. */
    Rows lookup(List<String> workspaces) throws SQLException;

    /** The whole table of shards and the version, of one snapshot. */
    ShardTable shards() throws SQLException;

    Version version() throws SQLException;

    /** Whether somebody has announced a swap that is not over; {@link MapChanges#announce}. */
    boolean swapping() throws SQLException;

    /** From now on {@link #changes} hears of every committed change. */
    void listen() throws SQLException;

    /**
     * Messages in the order of commits.
     *
     * @param timeoutMillis how long to wait for the first one; 0 for not at all
     */
    List<Change> changes(int timeoutMillis) throws SQLException;

    @Override
    void close();
  }

  /**
   * Names one state of the map.
   *
   * @param number grows by one with every change
   * @param stamp tells two histories apart that have the same number
   */
  record Version(long number, String stamp) {}

  /**
   * All logical shards of one version.
   *
   * @param hosts logical shard to host name
   * @param homes hosts that are not where the configuration says
   */
  record ShardTable(Version version, Map<String, String> hosts, Map<String, Home> homes) {}

  /**
   * The answer for some workspaces, of one version.
   *
   * @param found by workspace; a workspace without a row is not in it
   */
  record Rows(long version, Map<String, Row> found) {}

  /**
   * Where the catalog has a workspace.
   *
   * @param home where the host is; null for where the configuration says
   */
  record Row(String shard, String host, Home home) {}

  /** A message on the channel: what a new version changed. See {@code docs/catalog.sql}. */
  sealed interface Change {
    /** The version that the change leads to. */
    long version();

    /** The table of shards; no workspace. */
    record Shards(long version) implements Change {}

    /** These workspaces. */
    record Workspaces(long version, List<String> ids) implements Change {}

    /** Anything. */
    record Everything(long version) implements Change {}

    /** The change that a payload describes, or null when it is not one of ours. */
    static Change parse(String payload) {
      int space = payload.indexOf(' ');
      String number = space < 0 ? payload : payload.substring(0, space);
      if (number.isEmpty() || number.length() > 18 || !number.chars().allMatch(Change::isDigit)) {
        return null;
      }
      long version = Long.parseLong(number);
      if (space < 0) {
        return new Shards(version);
      }
      String scope = payload.substring(space + 1);
      return scope.equals("*")
          ? new Everything(version)
          : new Workspaces(version, List.of(scope.split("\t", -1)));
    }

    private static boolean isDigit(int c) {
      return c >= '0' && c <= '9';
    }
  }
}
