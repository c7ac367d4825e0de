package dev.trunkline.proxy.pool;

import dev.trunkline.wire.ErrorFields;

/** What pools tell clients. Texts as PgBouncer's where it has one. */
final class PoolErrors {
  private PoolErrors() {}

  static ErrorFields waitTimeout() {
    return ErrorFields.fatal("53300", "query_wait_timeout")
        .withDetail("No server connection became free in time.")
        .withHint("Raise pool_size or query_wait_timeout, or run shorter transactions.");
  }
}
