package dev.trunkline.proxy.darkread;

/** A side could not be asked, or has refused to answer. */
final class ReadFailed extends Exception {
  private static final long serialVersionUID = 1L;

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

  Kind kind() {
    return kind;
  }
}
