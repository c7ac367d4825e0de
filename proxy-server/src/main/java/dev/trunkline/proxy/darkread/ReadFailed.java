package dev.trunkline.proxy.darkread;

import dev.trunkline.wire.ErrorFields;

/** A side could not be asked, or has refused to answer. */
final class ReadFailed extends Exception {
  private static final long serialVersionUID = 1L;
  private static final String CANCELED = "57014";

  /** What it means for those who ask next. */
  enum Kind {
    /** It cannot be connected to. */
    UNREACHABLE,
    /** It took too long. */
    TIMEOUT,
    /** Anything else. */
    ERROR
  }

  private final Kind kind;

  ReadFailed(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  /** Of a statement that the side has refused. */
  static ReadFailed of(ErrorFields error) {
    return new ReadFailed(
        error.sqlstate().equals(CANCELED) ? Kind.TIMEOUT : Kind.ERROR, text(error));
  }

  static String text(ErrorFields error) {
    String detail = error.detail() == null ? "" : " (" + error.detail() + ")";
    return error.sqlstate() + ": " + error.message() + detail;
  }

  Kind kind() {
    return kind;
  }
}
