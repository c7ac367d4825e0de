package dev.trunkline.proxy.gate;

import dev.trunkline.wire.ErrorFields;

/** What clients are told that cannot wait at the gate; all of it may be retried. */
public final class GateErrors {
  private static final String HINT =
      "Nothing of the transaction has run: retry it shortly. SHOW PAUSES on the console tells what"
          + " is paused.";

  private GateErrors() {}

  public static ErrorFields full(GateScope scope) {
    return ErrorFields.error("53300", "too many transactions wait for " + scope)
        .withDetail("It is paused, and the waiting room of the proxy is full.")
        .withHint(HINT);
  }

  public static ErrorFields waitedTooLong(GateScope scope) {
    return ErrorFields.error("57P03", "waited too long for " + scope)
        .withDetail("It is paused; trunkline.gate_wait_timeout is over.")
        .withHint(HINT);
  }

  public static ErrorFields holdOver(GateScope scope) {
    return ErrorFields.error("57P03", scope + " is paused")
        .withDetail("The pause has reached trunkline.gate_hold and was ended.")
        .withHint(HINT);
  }

  /** For a transaction that did not end within the drain's deadline. */
  public static ErrorFields drained(GateScope scope) {
    return ErrorFields.fatal("57P01", "the transaction did not end while " + scope + " was paused")
        .withDetail("The deadline of the drain is over, and the client was not running a query.")
        .withHint("The transaction was rolled back: connect again and repeat it.");
  }
}
