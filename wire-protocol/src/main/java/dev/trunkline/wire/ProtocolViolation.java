package dev.trunkline.wire;

/**
 * A peer sent bytes that the protocol does not allow; the connection cannot be used any further.
 *
 * <p>Thrown on the data path by hostile input, so it carries neither stack trace nor cause: a flood
 * of garbage must not cost more than the garbage itself. The words follow PostgreSQL's, because
 * operators search for them.
 */
public final class ProtocolViolation extends RuntimeException {
  /** SQLSTATE {@code protocol_violation}. */
  public static final String SQLSTATE = "08P01";

  private final String sqlstate;
  private final String detail;

  public ProtocolViolation(String message) {
    this(SQLSTATE, message, null);
  }

  /**
   * A violation with more to say.
   *
   * @param sqlstate the code to tell the peer, if another than {@link #SQLSTATE} fits
   * @param message in PostgreSQL's style: lower case, no full stop
   * @param detail a sentence, or null
   */
  public ProtocolViolation(String sqlstate, String message, String detail) {
    super(message, null, false, false);
    this.sqlstate = sqlstate;
    this.detail = detail;
  }

  public String sqlstate() {
    return sqlstate;
  }

  /** What to tell the peer before closing: always {@code FATAL}. */
  public ErrorFields fields() {
    ErrorFields fields = ErrorFields.fatal(sqlstate, getMessage());
    return detail == null ? fields : fields.withDetail(detail);
  }
}
