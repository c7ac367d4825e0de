package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.proxy.server.Statement;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is sent in front of a client's data, in the same write, so that it runs in the right place:
 * the client's settings, its search_path, its delayed BEGIN. No reply of it reaches the client.
 *
 * <p>It fails closed. Everything goes by the extended protocol without a Sync, so after an error
 * the server skips all that follows, the client's data included, whatever cancelled or timed out
 * the preamble. Settings are made in a transaction of their own, so that no rollback of the
 * client's can undo them. Its COMMIT goes by the extended protocol too: a Query that is cancelled
 * does not make the server skip what follows. The skipping ends at the client's next Sync, so
 * nothing behind that may be sent before the preamble has been answered: {@link
 * Relay#behindPreamble}.
 */
final class Preamble implements SessionSettings.Diff {
  private static final String BEGIN_TEXT = "BEGIN";
  private static final Statement BEGIN = statement(BEGIN_TEXT);
  private static final Statement COMMIT = statement("COMMIT");
  private static final String SEARCH_PATH = "search_path";
  private static final byte[] UNNAMED = {};

  /**
   * With a bound below that, its statements would drive out each other, and those of clients, at
   * every turn: one more message than parsing them anew.
   */
  static final int LEAST_PREPARED = 8;

  private final StringBuilder changes = new StringBuilder();
  private final Map<String, String> set = new HashMap<>();

  /** The search_path that was set last, and what sets it: clients tend to stay on theirs. */
  private String path;

  private Statement toPath;

  /** Whether it means the same in every client_encoding that the server may read it in. */
  private boolean pathIsPlain;

  /**
   * Writes what brings a server session to the wanted state; nothing where it is there already.
   *
   * @param searchPath null leaves it as it is
   * @param workspaceSetting name of the server setting that carries the workspace, or null
   * @param workspace its value
   * @param prepare whether statements that recur may be prepared on the server
   */
  void settings(
      ServerConnection server,
      SessionSettings wanted,
      String searchPath,
      String workspaceSetting,
      String workspace,
      boolean prepare) {
    changes.setLength(0);
    set.clear();
    if (server.applied() != wanted) {
      server.applied().diff(wanted, this);
    }
    boolean moves = searchPath != null && !searchPath.equals(server.searchPath());
    boolean carried = workspaceSetting != null && !same(workspace, server.workspace());
    if (carried) {
      change(workspaceSetting, workspace == null ? "" : workspace);
    }
    server.applied(wanted);
    if (!moves && changes.isEmpty()) {
      return;
    }
    if (moves || carried) {
      server.routedTo(
          moves ? searchPath : server.searchPath(), carried ? workspace : server.workspace());
    }
    send(server, moves ? searchPath : null, prepare);
  }

  private void send(ServerConnection server, String searchPath, boolean prepare) {
    ByteBuf out = server.channel().alloc().buffer();
    recurring(server, out, BEGIN, prepare);
    if (!changes.isEmpty()) {
      once(server, out, "SELECT " + changes);
    }
    if (searchPath != null) {
      set.put(SEARCH_PATH, searchPath);
      Statement move = to(searchPath);
      recurring(server, out, move, prepare && pathIsPlain);
      // Its parameters may have types that the next schema has by the same name.
      server.unnamedStatement(0);
    }
    recurring(server, out, COMMIT, prepare);
    server.write(out);
  }

  /** SET rather than set_config: PostgreSQL has nothing to plan, or to plan anew on each path. */
  private Statement to(String searchPath) {
    if (!searchPath.equals(path)) {
      path = searchPath;
      pathIsPlain = StandardCharsets.US_ASCII.newEncoder().canEncode(searchPath);
      toPath = statement("SET search_path TO " + searchPath);
    }
    return toPath;
  }

  /** Sends statements of which nothing is to be seen, each by the extended protocol. */
  void send(ServerConnection server, List<String> statements) {
    ByteBuf out = server.channel().alloc().buffer();
    for (String statement : statements) {
      if (statement.equals(BEGIN_TEXT) && server.prepared().use(BEGIN)) {
        execute(server, out, BEGIN.name());
      } else {
        once(server, out, statement);
      }
    }
    server.write(out);
  }

  private static void once(ServerConnection server, ByteBuf out, String statement) {
    Frontend.parse(out, "", statement);
    server.ledger().expect(Reply.PARSE, Action.SWALLOW);
    server.unnamedStatement(0);
    execute(server, out, UNNAMED);
  }

  private static void recurring(
      ServerConnection server, ByteBuf out, Statement statement, boolean prepare) {
    byte[] name = prepare ? statement.name() : UNNAMED;
    if (!prepare) {
      parse(server, out, statement, name);
      server.unnamedStatement(0);
    } else if (!server.prepared().use(statement)) {
      parse(server, out, statement, name);
      // For certain: should it fail, the connection is closed.
      server.prepared().add(statement, 0);
    }
    execute(server, out, name);
  }

  private static void parse(
      ServerConnection server, ByteBuf out, Statement statement, byte[] name) {
    statement.parse(out, name);
    server.ledger().expect(Reply.PARSE, Action.SWALLOW);
  }

  private static void execute(ServerConnection server, ByteBuf out, byte[] name) {
    // No portal's name; neither formats nor values; all rows.
    out.writeByte('B').writeInt(4 + 1 + name.length + 1 + 6).writeByte(0);
    out.writeBytes(name).writeByte(0).writeZero(6);
    Frontend.execute(out, "", 0);
    server.ledger().expect(Reply.BIND, Action.SWALLOW);
    server.ledger().expect(Reply.EXECUTE, Action.SWALLOW);
  }

  private static Statement statement(String text) {
    byte[] body = (text + "\0\0\0").getBytes(StandardCharsets.UTF_8);
    return Statement.of(body, "", SessionSettings.EMPTY);
  }

  /** Whether a report of the server is about what the last preamble has set. */
  boolean announced(String name, String value) {
    String key = name.toLowerCase(Locale.ROOT);
    if (!set.containsKey(key)) {
      return false;
    }
    String expected = set.remove(key);
    return expected == null
        || expected.equals(value)
        || (key.equals(SEARCH_PATH) && expected.equals(quoted(value)));
  }

  /** A search_path with all names in quotes, which PostgreSQL leaves out where it can. */
  private static String quoted(String searchPath) {
    StringBuilder all = new StringBuilder();
    boolean within = false;
    int from = 0;
    for (int i = 0; i <= searchPath.length(); i++) {
      char c = i < searchPath.length() ? searchPath.charAt(i) : ',';
      within ^= c == '"';
      if (c == ',' && !within) {
        String name = searchPath.substring(from, i).strip();
        all.append(all.isEmpty() ? "" : ", ");
        all.append(name.startsWith("\"") ? name : '"' + name.toLowerCase(Locale.ROOT) + '"');
        from = i + 1;
      }
    }
    return all.toString();
  }

  @Override
  public void change(String name, String value) {
    set.put(name, value);
    changes.append(changes.isEmpty() ? "" : ", ").append("pg_catalog.set_config(");
    literal(name);
    changes.append(", ");
    if (value == null) {
      changes.append("NULL");
    } else {
      literal(value);
    }
    changes.append(", false)");
  }

  /** A literal that means the same whatever standard_conforming_strings says. */
  private void literal(String value) {
    boolean backslash = value.indexOf('\\') >= 0;
    changes.append(backslash ? " E'" : "'");
    changes.append((backslash ? value.replace("\\", "\\\\") : value).replace("'", "''"));
    changes.append('\'');
  }

  private static boolean same(String a, String b) {
    return a == null ? b == null : a.equals(b);
  }
}
