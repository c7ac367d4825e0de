package dev.trunkline.shard;

/** Ends the search for a key; control flow of the miss path, hence without a stack trace. */
final class Undecidable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient RouteMiss miss;

  Undecidable(RouteMiss miss) {
    super(miss.message(), null, false, false);
    this.miss = miss;
  }

  Undecidable(String clause, String message) {
    this(RouteMiss.of(clause, message));
  }

  RouteMiss miss() {
    return miss;
  }
}
