package dev.trunkline.proxy.server;

/**
 * Where a pool connects to.
 *
 * @param name the host's name in the configuration, or the database's for a plain one
 * @param host DNS name or address
 * @param port TCP port
 * @param dbname database to connect to
 */
public record Endpoint(String name, String host, int port, String dbname) {
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
