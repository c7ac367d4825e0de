package dev.trunkline.proxy.server;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a pool connects to.
 *
 * @param name the host's name in the configuration, or the database's for a plain one
 * @param host DNS name or address, several with commas between, or the directory of a unix socket
 * @param port TCP port, which the name of a unix socket has, too
 * @param dbname database to connect to
 */
public record Endpoint(String name, String host, int port, String dbname) {
  /** The servers of a list, each for itself. */
  public List<Endpoint> each() {
    List<Endpoint> each = new ArrayList<>();
    for (String one : host.split(",", -1)) {
      each.add(new Endpoint(name, one, port, dbname));
    }
    return List.copyOf(each);
  }

  /** The path of its unix socket, which begins with NUL for an abstract one; null for TCP. */
  String socketPath() {
    return switch (host.charAt(0)) {
      case '/' -> host + "/.s.PGSQL." + port;
      case '@' -> "\0" + host.substring(1) + "/.s.PGSQL." + port;
      default -> null;
    };
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
