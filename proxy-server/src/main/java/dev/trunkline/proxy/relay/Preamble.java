package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
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
  private final StringBuilder changes = new StringBuilder();
  private final Map<String, String> set = new HashMap<>();

  /**
   * Writes what brings a server session to the wanted state; nothing where it is there already.
   *
   * @param searchPath null leaves it as it is
   * @param workspaceSetting name of the server setting that carries the workspace, or null
   * @param workspace its value
   */
  void settings(
      ServerConnection server,
      SessionSettings wanted,
      String searchPath,
      String workspaceSetting,
      String workspace) {
    changes.setLength(0);
    set.clear();
    if (server.applied() != wanted) {
      server.applied().diff(wanted, this);
    }
    boolean path = searchPath != null && !searchPath.equals(server.searchPath());
    if (path) {
      change("search_path", searchPath);
    }
    boolean carried = workspaceSetting != null && !same(workspace, server.workspace());
    if (carried) {
      change(workspaceSetting, workspace == null ? "" : workspace);
    }
    server.applied(wanted);
    if (changes.isEmpty()) {
      return;
    }
    if (path || carried) {
      server.routedTo(
          path ? searchPath : server.searchPath(), carried ? workspace : server.workspace());
    }
    send(server, List.of("BEGIN", "SELECT " + changes, "COMMIT"));
  }

  /** Sends statements of which nothing is to be seen, each by the extended protocol. */
  void send(ServerConnection server, List<String> statements) {
    ByteBuf out = server.channel().alloc().buffer();
    for (String statement : statements) {
      Frontend.parse(out, "", statement);
      Frontend.bind(out, "", "", List.of());
      Frontend.execute(out, "", 0);
      server.ledger().expect(Reply.PARSE, Action.SWALLOW);
      server.ledger().expect(Reply.BIND, Action.SWALLOW);
      server.ledger().expect(Reply.EXECUTE, Action.SWALLOW);
    }
    server.unnamedStatement(0);
    server.write(out);
  }

  /** Whether a report of the server is about what the last preamble has set. */
  boolean announced(String name, String value) {
    String key = name.toLowerCase(Locale.ROOT);
    if (!set.containsKey(key)) {
      return false;
    }
    String expected = set.remove(key);
    return expected == null || expected.equals(value);
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
