package dev.trunkline.proxy.server;

/** Life of a server connection; the names are those of SHOW SERVERS and SHOW POOLS. */
public enum ServerState {
  /** Connecting or logging in. */
  LOGIN("new"),
  /**
   * In the pool. PgBouncer's {@code used} is this, too, for longer than {@code server_check_delay}:
   * it is worked out when somebody looks, {@code PoolSnapshot.used}.
   */
  IDLE("idle"),
  /** Running {@code server_check_query} or {@code server_reset_query}. */
  TESTED("tested"),
  /** Leased to a client. */
  ACTIVE("active"),
  /** Free, but a cancel request to it is still on its way. */
  BEING_CANCELED("being_canceled"),
  /** Gone. */
  CLOSED("closed");

  private final String text;

  ServerState(String text) {
    this.text = text;
  }

  /** As shown by SHOW SERVERS. */
  public String text() {
    return text;
  }

  /** Whether a connection may go from this state to that one. */
  boolean mayBecome(ServerState next) {
    return switch (this) {
      case LOGIN -> next == IDLE || next == TESTED || next == ACTIVE || next == CLOSED;
      case IDLE -> next == ACTIVE || next == TESTED || next == CLOSED;
      case TESTED -> next == IDLE || next == ACTIVE || next == BEING_CANCELED || next == CLOSED;
      case ACTIVE -> next == IDLE || next == TESTED || next == BEING_CANCELED || next == CLOSED;
      case BEING_CANCELED -> next == IDLE || next == ACTIVE || next == TESTED || next == CLOSED;
      case CLOSED -> false;
    };
  }
}
