package dev.trunkline.proxy.config;

/**
 * Another process that clients may reach at the same address: one entry of {@code [peers]}.
 *
 * @param id its {@code peer_id}
 * @param host name, address, or directory of its unix socket
 * @param port TCP port, which the name of a unix socket has, too
 * @param poolSize cancel requests that may be on their way to it at a time; 0 = any
 */
public record PeerConfig(int id, String host, int port, int poolSize) {
  /** A key has 16 bits for it; this is PgBouncer's bound. */
  public static final int MAX_ID = 16383;
}
