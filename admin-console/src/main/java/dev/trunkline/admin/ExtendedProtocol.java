package dev.trunkline.admin;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.FrontendDecoder;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Prepared statements and portals of one session. PgBouncer's console knows only the simple
 * protocol, which shuts out most drivers; this follows PostgreSQL's rules. Only queries in SQL have
 * parameters: the grammar of the commands has no place for one.
 */
final class ExtendedProtocol {
  /** Bounds what one session can make the process remember. */
  private static final int MAX_PORTALS = 1000;

  private final Statements statements;
  private final Map<String, Portal> portals = new HashMap<>();
  private final CommandRunner runner;

  ExtendedProtocol(Statements statements, CommandRunner runner) {
    this.statements = statements;
    this.runner = runner;
  }

  /**
   * Handles one message other than Sync and Flush.
   *
   * @return false if no answer will follow, not even to other messages
   */
  boolean handle(byte tag, ByteBuf body, ByteBuf out) throws CommandFailed {
    switch (tag) {
      case Tags.Frontend.PARSE -> parse(FrontendDecoder.parse(body), out);
      case Tags.Frontend.BIND -> bind(FrontendDecoder.bind(body), out);
      case Tags.Frontend.DESCRIBE -> describe(FrontendDecoder.describe(body), out);
      case Tags.Frontend.CLOSE -> close(FrontendDecoder.close(body), out);
      case Tags.Frontend.EXECUTE -> {
        return execute(FrontendDecoder.execute(body), out);
      }
      default -> throw new IllegalArgumentException("not of the extended protocol: " + tag);
    }
    return true;
  }

  /** Portals end with their transaction. */
  void closePortals() {
    portals.clear();
  }

  private void parse(FrontendDecoder.Parse parse, ByteBuf out) throws CommandFailed {
    if (parse.name().isEmpty()) {
      statements.remove(""); // gone even if the new one fails
    }
    Command command = CommandParser.parse(parse.sql());
    statements.put(parse.name(), runner.described(command, parse.oids()));
    Backend.parseComplete(out);
  }

  private void bind(FrontendDecoder.Bind bind, ByteBuf out) throws CommandFailed {
    Command command = bound(statements.get(bind.statement()), bind);
    if (bind.portal().isEmpty()) {
      portals.remove("");
    } else if (portals.containsKey(bind.portal())) {
      throw CommandFailed.of("42P03", "cursor \"" + bind.portal() + "\" already exists");
    }
    if (portals.size() >= MAX_PORTALS) {
      throw CommandFailed.of("53400", "more than " + MAX_PORTALS + " portals");
    }
    portals.put(bind.portal(), new Portal(command, bind.resultFormats()));
    Backend.bindComplete(out);
  }

  private static Command bound(Command command, FrontendDecoder.Bind bind) throws CommandFailed {
    List<SqlParameter> parameters = parameters(command);
    if (bind.values().size() != parameters.size()) {
      String supplied = "bind message supplies " + bind.values().size() + " parameters, ";
      String required = "\" requires " + parameters.size();
      throw CommandFailed.of(
          "08P01", supplied + "but prepared statement \"" + bind.statement() + required);
    }
    return command instanceof Command.Sql sql
        ? sql.with(SqlParameter.values(parameters, bind))
        : command;
  }

  private static List<SqlParameter> parameters(Command command) {
    return command instanceof Command.Sql sql ? sql.parameters() : List.of();
  }

  private void describe(FrontendDecoder.Target target, ByteBuf out) throws CommandFailed {
    if (target.kind() == Frontend.PORTAL) {
      portal(target.name()).describe(out);
      return;
    }
    Command command = statements.get(target.name());
    List<SqlParameter> parameters = parameters(command);
    Backend.parameterDescription(out, parameters.stream().mapToInt(SqlParameter::oid).toArray());
    Portal.describe(command, out);
  }

  private boolean execute(FrontendDecoder.Execute execute, ByteBuf out) throws CommandFailed {
    Portal portal = portal(execute.portal());
    boolean more = portal.run(runner);
    portal.fetch(execute.maxRows(), out);
    return more;
  }

  /** Closing what does not exist is no error. */
  private void close(FrontendDecoder.Target target, ByteBuf out) {
    if (target.kind() == Frontend.PORTAL) {
      portals.remove(target.name());
    } else {
      statements.remove(target.name());
    }
    Backend.closeComplete(out);
  }

  private Portal portal(String name) throws CommandFailed {
    Portal portal = portals.get(name);
    if (portal == null) {
      throw CommandFailed.of("34000", "portal \"" + name + "\" does not exist");
    }
    return portal;
  }
}
