package dev.trunkline.proxy.client;

import dev.trunkline.wire.ErrorFields;

/** Misuse of prepared statements and portals: PostgreSQL's codes and texts. */
final class StatementErrors {
  private StatementErrors() {}

  static ErrorFields exists(String name) {
    return ErrorFields.error("42P05", "prepared statement \"" + name + "\" already exists");
  }

  static ErrorFields missing(String name) {
    return ErrorFields.error("26000", "prepared statement \"" + name + "\" does not exist");
  }

  static ErrorFields missingUnnamed() {
    return ErrorFields.error("26000", "unnamed prepared statement does not exist");
  }

  static ErrorFields missingPortal(String name) {
    return ErrorFields.error("34000", "portal \"" + name + "\" does not exist");
  }

  static ErrorFields tooMany(long limit) {
    return ErrorFields.error("53400", "too many prepared statements")
        .withDetail("This client's statements would take more than " + limit + " bytes.")
        .withHint(
            "Close statements that are not needed, or raise"
                + " trunkline.client_prepared_statement_bytes.");
  }

  /** BEGINs, SAVEPOINTs and portals that the proxy keeps until there is a workspace. */
  static ErrorFields tooMuchKept() {
    return ErrorFields.error("53400", "too much is kept in front of the first routed statement")
        .withDetail("The proxy keeps transaction statements until it knows where to send them.")
        .withHint("Name the workspace first: SET trunkline.workspace = '…'.");
  }
}
