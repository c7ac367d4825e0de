package dev.trunkline.proxy.config;

/**
 * Where something listens.
 *
 * @param host address or DNS name, {@code *} for every address; "" in {@link #OFF}
 * @param port TCP port; 0 lets the kernel choose
 */
public record Endpoint(String host, int port) {
  /** Nothing listens. */
  public static final Endpoint OFF = new Endpoint("", 0);

  /** Whether this is {@link #OFF}. */
  public boolean isOff() {
    return host.isEmpty();
  }

  /** Whether the kernel would refuse to bind the second after the first. */
  boolean collidesWith(Endpoint other) {
    return port != 0
        && port == other.port
        && (host.equals(other.host) || isWildcard() || other.isWildcard());
  }

  private boolean isWildcard() {
    return host.equals("*") || host.equals("0.0.0.0") || host.equals("::");
  }

  /** As written in the file: {@code 10.0.0.1:6432}, {@code [::1]:6432}, "" for {@link #OFF}. */
  @Override
  public String toString() {
    if (isOff()) {
      return "";
    }
    return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
  }
}
