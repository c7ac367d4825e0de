package dev.trunkline.proxy.server;

import dev.trunkline.proxy.config.OsError;
import dev.trunkline.wire.ErrorFields;

/**
 * Why a connection to a server could not be made.
 *
 * @param error for the client, with SQLSTATE: the server's own where it answered
 * @param answered whether PostgreSQL itself refused; false when it could not be talked to
 */
public record ConnectFailure(ErrorFields error, boolean answered) {
  private static final String CANNOT_CONNECT = "08001";
  private static final String STARTING_UP = "57P03";

  static ConnectFailure of(Endpoint endpoint, Throwable cause) {
    return broken(endpoint, "connect failed", OsError.reason(cause));
  }

  static ConnectFailure timeout(Endpoint endpoint) {
    return broken(endpoint, "connect timeout", "No answer within server_connect_timeout.");
  }

  static ConnectFailure closed(Endpoint endpoint) {
    return broken(endpoint, "server closed the connection during login", "End of stream.");
  }

  static ConnectFailure protocol(Endpoint endpoint, String why) {
    return broken(endpoint, "protocol error during server login", why);
  }

  static ConnectFailure noTls(Endpoint endpoint) {
    return broken(
        endpoint, "server does not support TLS", "server_tls_sslmode does not allow plain text.");
  }

  static ConnectFailure tls(Endpoint endpoint, Throwable cause) {
    return broken(
        endpoint, "TLS handshake with server failed", String.valueOf(root(cause).getMessage()));
  }

  /**
   * The engine says "General OpenSslEngine problem"; what is wrong with the certificate is below.
   */
  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  static ConnectFailure refused(ErrorFields error) {
    return new ConnectFailure(error, true);
  }

  private static ConnectFailure broken(Endpoint endpoint, String what, String why) {
    return new ConnectFailure(
        ErrorFields.fatal(CANNOT_CONNECT, what + ": " + endpoint)
            .withDetail(why)
            .withHint(
                "Check that the server is running and reachable; SHOW HOSTS tells its state."),
        false);
  }

  /** Whether waiting may help: nothing answered, or the server is starting up or shutting down. */
  public boolean passing() {
    return !answered || error.sqlstate().equals(STARTING_UP);
  }
}
