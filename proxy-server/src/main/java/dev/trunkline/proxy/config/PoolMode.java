package dev.trunkline.proxy.config;

/** When a server connection goes back to its pool: PgBouncer's {@code pool_mode}. */
public enum PoolMode {
  /** When the client disconnects. */
  SESSION,
  /** When the transaction ends. */
  TRANSACTION,
  /** After each statement; transaction blocks are refused. */
  STATEMENT;

  /** The name as written in configuration files and shown in views. */
  public String text() {
    return switch (this) {
      case SESSION -> "session";
      case TRANSACTION -> "transaction";
      case STATEMENT -> "statement";
    };
  }
}
