package dev.trunkline.proxy.darkread;

import java.util.Locale;

/** How a comparison came out. */
public enum Verdict {
  EQUAL,
  /** The other home had not heard of the row's last change yet. */
  LAG,
  /** The row was changed while it was compared. */
  OVERWRITTEN,
  /** The same rows in another order: of equals, or by another collation. */
  ORDER_ONLY,
  /** Rows do not determine the answer. */
  NONDETERMINISTIC,
  /** Both sides stand still, and differ. */
  MISMATCH,
  /** One side could not be asked. */
  ERROR,
  /** One side took too long. */
  TIMEOUT;

  /** As shown by the console and the metrics. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
