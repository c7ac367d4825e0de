package dev.trunkline.proxy.swap;

import java.io.Serial;

/** A step failed; the message is for the operator. */
public final class SwapFailed extends Exception {
  @Serial private static final long serialVersionUID = 1;

  /** What has become of the map. */
  public enum Fate {
    UNCHANGED,
    /** It is changed, and this process does not route by it yet. */
    CHANGED,
    /** The catalog has not told. */
    UNKNOWN
  }

  private final Fate fate;

  SwapFailed(String message) {
    this(Fate.UNCHANGED, message, null);
  }

  SwapFailed(Fate fate, String message, Throwable cause) {
    super(message, cause);
    this.fate = fate;
  }

  public Fate fate() {
    return fate;
  }
}
