package dev.trunkline.shard;

/**
 * Bits for what a statement may leave behind on the server session, or clears there. A bit that
 * leaves something is set when in doubt, a bit that clears something ({@link #CLEARING}) only when
 * it is certain. The bits carry no order: who meets both kinds in one text has to look at the
 * statements one by one.
 */
public final class Effects {
  /**
   * A setting, the role or a library outlives the transaction, and {@link SqlScanner#setting} does
   * not tell which.
   */
  public static final long SET_SESSION = 1;

  /** The search_path changes, be it for the transaction only. */
  public static final long SEARCH_PATH = 1 << 1;

  public static final long LISTEN = 1 << 2;
  public static final long UNLISTEN_ALL = 1 << 3;

  /** Something is made in, or named with, the temporary schema. */
  public static final long TEMP_TABLE = 1 << 4;

  /** A statement is prepared by SQL. */
  public static final long PREPARE = 1 << 5;

  public static final long DEALLOCATE_ALL = 1 << 6;

  /** A cursor WITH HOLD is declared. */
  public static final long HOLD_CURSOR = 1 << 7;

  public static final long CLOSE_ALL = 1 << 8;

  /** A session-level advisory lock is named. */
  public static final long ADVISORY_LOCK = 1 << 9;

  /** The statement is {@code SELECT pg_advisory_unlock_all()}, nothing else. */
  public static final long ADVISORY_UNLOCK_ALL = 1 << 10;

  /** DISCARD ALL, alone in its text. */
  public static final long DISCARD_ALL = 1 << 11;

  /** It may do any of this unseen: DO, CALL, names in Unicode escapes, malformed texts. */
  public static final long OPAQUE = 1 << 12;

  public static final long TWO_PHASE = 1 << 13;

  /** A trunkline.* setting is named where the proxy cannot answer in place of the server. */
  public static final long HIDDEN_SETTING = 1 << 14;

  /**
   * How the texts of statements are read may change, be it for the transaction only: TimeZone,
   * DateStyle and the like, by which PostgreSQL reads literals when it prepares a statement.
   */
  public static final long READING = 1 << 15;

  /**
   * A set_config changes for the session what {@link SqlScanner#setting} tells. Its answer does not
   * say so: who does not follow it has to take it for {@link #SET_SESSION}.
   */
  public static final long CALLED_SETTING = 1 << 16;

  /** The bits that take something away. */
  public static final long CLEARING =
      UNLISTEN_ALL | DEALLOCATE_ALL | CLOSE_ALL | ADVISORY_UNLOCK_ALL | DISCARD_ALL;

  private Effects() {}
}
