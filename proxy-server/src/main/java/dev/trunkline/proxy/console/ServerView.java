package dev.trunkline.proxy.console;

import dev.trunkline.proxy.pool.Pins;
import dev.trunkline.proxy.server.ServerConnection;

/**
 * What belongs to the owner of a server connection, copied on the owner's loop.
 *
 * @param id of the server connection
 * @param schema first schema of its search_path, null for none
 * @param pin why its lease outlives the transaction, "" if it does not
 * @param link id of the client that leases it, 0 for none
 */
record ServerView(
    long id,
    String state,
    String schema,
    String pin,
    String applicationName,
    int prepared,
    long requestMillis,
    long link) {

  static ServerView of(ServerConnection server, long link) {
    String application = server.applied().get("application_name");
    return new ServerView(
        server.id(),
        server.state().text(),
        schema(server.searchPath()),
        link == 0 ? "" : Pins.text(server.residue()),
        application == null ? "" : application,
        server.prepared().size(),
        server.requestMillis(),
        link);
  }

  ServerView withState(String other) {
    return new ServerView(id, other, schema, pin, applicationName, prepared, requestMillis, link);
  }

  /** The proxy quotes each schema of a search_path it sets. */
  static String schema(String searchPath) {
    if (searchPath == null || !searchPath.startsWith("\"")) {
      return null;
    }
    StringBuilder name = new StringBuilder();
    for (int i = 1; i < searchPath.length(); i++) {
      char c = searchPath.charAt(i);
      if (c == '"') {
        if (i + 1 == searchPath.length() || searchPath.charAt(i + 1) != '"') {
          break;
        }
        i++;
      }
      name.append(c);
    }
    return name.toString();
  }
}
