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

  /** For clients that come while the server is known to be out of reach. */
  static ErrorFields failing(ErrorFields last) {
    ErrorFields told =
        ErrorFields.fatal(
            last.sqlstate(),
            "server login has been failing, cached error: "
                + last.message()
                + " (server_login_retry)");
    told = last.detail() == null ? told : told.withDetail(last.detail());
    return last.hint() == null ? told : told.withHint(last.hint());
  }

  static ErrorFields databaseRemoved() {
    return ErrorFields.fatal("3D000", "database removed")
        .withDetail("The configuration does not name this database any more.")
        .withHint("SHOW DATABASES on the console lists those that are configured.");
  }
}
