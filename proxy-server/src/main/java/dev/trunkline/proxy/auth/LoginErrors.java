package dev.trunkline.proxy.auth;

import dev.trunkline.wire.ErrorFields;
import java.util.concurrent.RejectedExecutionException;

/**
 * Everything a login may end with. The texts are PgBouncer's; the SQLSTATEs are PostgreSQL's where
 * PgBouncer says 08P01 to everything, because drivers and pools tell a wrong password from a broken
 * connection by them: 28P01 for passwords, 28000 for other refusals, 08P01 for messages that break
 * the protocol, 53300 where too many log in.
 */
final class LoginErrors {
  private static final String INVALID_PASSWORD = "28P01";
  private static final String INVALID_AUTHORIZATION = "28000";
  private static final String PROTOCOL_VIOLATION = "08P01";
  private static final String TOO_MANY_CONNECTIONS = "53300";
  private static final String INTERNAL_ERROR = "XX000";

  private LoginErrors() {}

  static ErrorFields passwordFailed() {
    return ErrorFields.fatal(INVALID_PASSWORD, "password authentication failed");
  }

  static ErrorFields saslFailed() {
    return ErrorFields.fatal(INVALID_PASSWORD, "SASL authentication failed");
  }

  static ErrorFields emptyPassword() {
    return ErrorFields.fatal(INVALID_PASSWORD, "empty password returned by client");
  }

  static ErrorFields trustFailed() {
    return ErrorFields.fatal(INVALID_AUTHORIZATION, "\"trust\" authentication failed");
  }

  static ErrorFields ldapFailed() {
    return ErrorFields.fatal(INVALID_PASSWORD, "LDAP authentication failed");
  }

  static ErrorFields certificateFailed() {
    return ErrorFields.fatal(INVALID_AUTHORIZATION, "certificate authentication failed");
  }

  static ErrorFields peerFailed() {
    return ErrorFields.fatal(INVALID_AUTHORIZATION, "unix socket login rejected");
  }

  static ErrorFields rejected() {
    return ErrorFields.fatal(INVALID_AUTHORIZATION, "login rejected");
  }

  static ErrorFields invalidMechanism() {
    return ErrorFields.fatal(
        PROTOCOL_VIOLATION, "client selected an invalid SASL authentication mechanism");
  }

  static ErrorFields unexpectedPassword() {
    return ErrorFields.fatal(PROTOCOL_VIOLATION, "unexpected password message");
  }

  /** Why keys could not be derived. */
  static ErrorFields notDerived(Throwable problem) {
    if (problem instanceof RejectedExecutionException) {
      return ErrorFields.fatal(TOO_MANY_CONNECTIONS, "too many logins at the same time")
          .withDetail("All workers that check passwords are busy and their queue is full.")
          .withHint("Try again in a moment; let the clients connect more slowly.");
    }
    return ErrorFields.fatal(INTERNAL_ERROR, "password could not be checked");
  }

  /** The server asks for what the proxy does not have. */
  static ErrorFields wrongPasswordType(String detail, String hint) {
    return ErrorFields.fatal(INVALID_AUTHORIZATION, "server login failed: wrong password type")
        .withDetail(detail)
        .withHint(hint);
  }

  static ErrorFields unsupportedMethod(String name) {
    return ErrorFields.fatal(
            INVALID_AUTHORIZATION, "server login failed: unsupported authentication method")
        .withDetail("The server asks for " + name + ".")
        .withHint("Let the server's pg_hba.conf ask for scram-sha-256, md5, password or trust.");
  }

  static ErrorFields serverNotVerified(String detail) {
    return ErrorFields.fatal(
            INVALID_AUTHORIZATION, "server login failed: the server could not be verified")
        .withDetail(detail);
  }

  static ErrorFields serverMessage(String message, String detail) {
    return ErrorFields.fatal(PROTOCOL_VIOLATION, "server login failed: " + message)
        .withDetail(detail);
  }
}
