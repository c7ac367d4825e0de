package dev.trunkline.proxy.auth;

import dev.trunkline.wire.Replication;
import java.util.Set;

/**
 * One line of {@code auth_hba_file}.
 *
 * @param connection which sockets it is for
 * @param databases which databases
 * @param users which users
 * @param addresses from where; null for unix sockets
 * @param demand what it demands
 */
record HbaRule(
    Connection connection, Names databases, Names users, AddressRange addresses, Demand demand) {
  /** The first word of a line. */
  enum Connection {
    LOCAL,
    HOST,
    HOSTSSL,
    HOSTNOSSL;

    boolean covers(ClientFacts client) {
      return switch (this) {
        case LOCAL -> client.local();
        case HOST -> !client.local();
        case HOSTSSL -> !client.local() && client.tls() != null;
        case HOSTNOSSL -> !client.local() && client.tls() == null;
      };
    }
  }

  /**
   * A list of databases or users.
   *
   * @param all whether every one is meant
   * @param sameUser whether the database with the user's name is meant
   * @param replication whether physical replication is meant, which is of no database
   * @param listed those that are named
   */
  record Names(boolean all, boolean sameUser, boolean replication, Set<String> listed) {
    Names {
      listed = Set.copyOf(listed);
    }

    boolean covers(String name, String user) {
      return all || (sameUser && name.equals(user)) || listed.contains(name);
    }
  }

  boolean covers(ClientFacts client, Replication replication, String database, String user) {
    return connection.covers(client)
        && (addresses == null || addresses.contains(client.address()))
        && (replication == Replication.PHYSICAL
            ? databases.replication()
            : databases.covers(database, user))
        && users.covers(user, user);
  }
}
