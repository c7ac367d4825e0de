package dev.trunkline.proxy.swap;

import java.io.Serial;

/** A step failed; the message is for the operator. */
public final class SwapFailed extends Exception {
  @Serial private static final long serialVersionUID = 1;

  SwapFailed(String message) {
    super(message);
  }

  SwapFailed(String message, Throwable cause) {
    super(message, cause);
  }
}
