package dev.trunkline.proxy.config;

/** What kind of program speaks, for the system's log: {@code syslog_facility}. */
public enum Facility {
  USER(1),
  DAEMON(3),
  AUTH(4),
  AUTHPRIV(10),
  LOCAL0(16),
  LOCAL1(17),
  LOCAL2(18),
  LOCAL3(19),
  LOCAL4(20),
  LOCAL5(21),
  LOCAL6(22),
  LOCAL7(23);

  private final int code;

  Facility(int code) {
    this.code = code;
  }

  /** As in RFC 3164. */
  public int code() {
    return code;
  }
}
