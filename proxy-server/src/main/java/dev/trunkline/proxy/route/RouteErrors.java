package dev.trunkline.proxy.route;

import dev.trunkline.shard.RouteMiss;
import dev.trunkline.wire.ErrorFields;

/**
 * The refusals of a sharded database. Class TL is the product's own; each says what was missing and
 * what to do, and leaves the connection usable.
 */
public final class RouteErrors {
  private RouteErrors() {}

  public static ErrorFields noWorkspace() {
    return ErrorFields.error("TL001", "no workspace for this statement")
        .withDetail("The statement touches tables of a sharded database, and no workspace is set.")
        .withHint(
            "SET trunkline.workspace = '…', connect with options=-c trunkline.workspace=…, or add"
                + " a comment /*workspace_id='…'*/.");
  }

  /** The statement's own text does not tell its workspace either. */
  public static ErrorFields noWorkspace(RouteMiss miss) {
    String where = miss.table() == null ? "" : " Table: " + miss.table() + ".";
    return ErrorFields.error("TL001", "no workspace for this statement")
        .withDetail(miss.message() + where + " Looked at: " + miss.clause() + ".")
        .withHint(miss.hint());
  }

  /** A statement for each schema, or for none. */
  public static RouteMiss everywhere(String kind) {
    return new RouteMiss(
        null,
        kind,
        "Such a statement is not routed by its text: it is meant for each logical shard.",
        "Run it once per logical shard: SET trunkline.shard = '…' (SHOW SHARDS on the console lists"
            + " them; the user needs may_set_shard).");
  }

  public static ErrorFields firewall(String declared, String found) {
    return ErrorFields.error("TL005", "the statement contradicts the declared workspace")
        .withDetail(
            "The session works for "
                + name(declared)
                + ", the statement's key is "
                + name(found)
                + ".")
        .withHint(
            "Name the workspace that the statement belongs to; SHOW FIREWALL on the console lists"
                + " such statements.");
  }

  public static ErrorFields unknownWorkspace(String workspace, long version) {
    return ErrorFields.error("TL002", "workspace \"" + workspace + "\" does not exist")
        .withDetail("Version " + version + " of the shard map does not know it.")
        .withHint(
            "Check the id; SHOW ROUTE '" + workspace + "' on the console tells what is known.");
  }

  public static ErrorFields unknownShard(String shard) {
    return ErrorFields.error("TL002", "logical shard \"" + shard + "\" does not exist")
        .withDetail("The shard map has no such shard.")
        .withHint("SHOW SHARDS on the console lists them.");
  }

  public static ErrorFields otherRegion(String what, String region, String own) {
    return ErrorFields.error("TL003", what + " lives in region \"" + region + "\"")
        .withDetail("This proxy serves region \"" + own + "\".")
        .withHint("Connect to a proxy in region \"" + region + "\".");
  }

  public static ErrorFields otherGroup(String what, String group) {
    return ErrorFields.error(
            "TL004", what + " is served by proxy group \"" + group + "\", not here")
        .withDetail("This listener does not serve that group.")
        .withHint("Connect to a proxy that serves group \"" + group + "\".");
  }

  public static ErrorFields twoWorkspaces(String bound, String other) {
    return ErrorFields.error("TL005", "two workspaces in one transaction")
        .withDetail(
            "The transaction belongs to " + name(bound) + ", the statement to " + name(other) + ".")
        .withHint("End the transaction before you turn to another workspace.");
  }

  public static ErrorFields commentConflict(String session, String comment) {
    return ErrorFields.error("TL005", "the comment contradicts the session's workspace")
        .withDetail(
            "The session says " + name(session) + ", the comment says " + name(comment) + ".")
        .withHint("Use one way of naming the workspace, or RESET trunkline.workspace first.");
  }

  public static ErrorFields mapUnavailable(String reason) {
    return ErrorFields.error("57P03", "the shard map cannot be read")
        .withDetail(reason)
        .withHint("Retry shortly; SHOW MAP on the console tells the state of the catalog.");
  }

  public static ErrorFields twoComments() {
    return ErrorFields.error("TL005", "two comments name different workspaces")
        .withDetail("One statement belongs to one workspace.")
        .withHint("Leave one of the comments out.");
  }

  public static ErrorFields searchPath() {
    return ErrorFields.error("0A000", "search_path is managed by the proxy in a sharded database")
        .withDetail("It follows from the workspace.")
        .withHint(
            "Leave it alone, qualify names outside the workspace's schema, or list schemas under"
                + " search_path of the database in the configuration.");
  }

  /** A statement that needs the search_path, in one batch with what has taken it away. */
  public static ErrorFields behindReset() {
    return ErrorFields.error("0A000", "the search_path has been reset")
        .withDetail("RESET ALL or DISCARD ALL stands in front of the statement in the same batch.")
        .withHint("Send a Sync behind RESET ALL or DISCARD ALL.");
  }

  public static ErrorFields hiddenSetting() {
    return ErrorFields.error(
            "0A000", "trunkline.* settings cannot be changed inside other statements")
        .withDetail("The proxy has to know the workspace before it sends anything to a server.")
        .withHint("Send SET, SELECT set_config(…) or SHOW first, or as a statement of its own.");
  }

  public static ErrorFields pinned(String why) {
    return ErrorFields.error("0A000", "session state ties this connection to another host")
        .withDetail("The session holds: " + why + ".")
        .withHint("Run DISCARD ALL, or use one connection per workspace for such state.");
  }

  private static String name(String workspace) {
    return workspace == null ? "no workspace" : "\"" + workspace + "\"";
  }
}
