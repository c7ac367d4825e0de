package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.UserConfig;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.shard.WorkspaceId;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Statements of a sharded database that the proxy carries out itself: {@code trunkline.*} settings,
 * and the begin and end of transactions no server knows of. Nothing is owed by a server when one is
 * carried out, so answers go straight to the client.
 */
final class LocalAnswers {
  static final String WORKSPACE = "trunkline.workspace";
  static final String SHARD = "trunkline.shard";
  static final String EXPLAIN = "trunkline.explain_route";

  private static final int TEXT_OID = 25;

  private final ClientSession session;

  LocalAnswers(ClientSession session) {
    this.session = session;
  }

  /** Whether the proxy carries such a statement out, in the state the session is in. */
  boolean handles(StatementKind kind, SettingCommand command, long effects) {
    boolean leased = session.relay.leased();
    return switch (kind) {
      case RESET, DISCARD -> !leased && forgetsAll(kind, command, effects);
      case SETTING -> true;
      case BEGIN, COMMIT, ROLLBACK -> !leased;
      case SAVEPOINT, RELEASE, ROLLBACK_TO, SET_LOCAL, SET_TRANSACTION ->
          !leased && session.delayed.active();
      default -> false;
    };
  }

  /** Whether such a statement may be the proxy's, so that a Parse of it is not sent at once. */
  static boolean mayHandle(StatementKind kind, SettingCommand command, long effects) {
    return switch (kind) {
      case RESET, DISCARD -> forgetsAll(kind, command, effects);
      case SETTING, BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK_TO -> true;
      // On a floating server they would be undone with its transaction.
      case SET_LOCAL, SET_TRANSACTION -> true;
      default -> false;
    };
  }

  /** RESET ALL or DISCARD ALL: on a server they would take the proxy's search_path away too. */
  static boolean forgetsAll(StatementKind kind, SettingCommand command, long effects) {
    return kind == StatementKind.RESET
        ? command != null && command.name().equals("all")
        : (effects & Effects.DISCARD_ALL) != 0;
  }

  /** The error for any statement in a failed transaction that does not end it, or null. */
  ErrorFields inFailedTransaction(StatementKind kind) {
    boolean ends =
        kind == StatementKind.COMMIT
            || kind == StatementKind.ROLLBACK
            || kind == StatementKind.ROLLBACK_TO;
    if (session.delayed.state() != DelayedTransaction.State.FAILED || ends) {
      return null;
    }
    return ErrorFields.error(
        "25P02", "current transaction is aborted, commands ignored until end of transaction block");
  }

  /** Carries out a transaction statement; its error, or null. */
  ErrorFields transaction(StatementKind kind, String text) {
    return switch (kind) {
      case BEGIN -> begin(text);
      case COMMIT -> commit(text);
      case ROLLBACK -> rollback(text);
      case RESET -> resetAll();
      case DISCARD -> discardAll();
      default -> keep(kind, text);
    };
  }

  private ErrorFields resetAll() {
    session.events().resetSettings();
    complete("RESET");
    return null;
  }

  private ErrorFields discardAll() {
    if (session.delayed.active()) {
      return ErrorFields.error("25001", "DISCARD ALL cannot run inside a transaction block");
    }
    session.events().forgetSession();
    session.settings.transactionEnds(false);
    complete("DISCARD ALL");
    return null;
  }

  private ErrorFields begin(String text) {
    if (session.delayed.active()) {
      warn("25001", "there is already a transaction in progress");
    } else if (!session.delayed.begin(text)) {
      // What the same message has set before belongs to the transaction, as on a server.
      return StatementErrors.tooMuchKept();
    }
    complete(startsWith(text, "start") ? "START TRANSACTION" : "BEGIN");
    return null;
  }

  private ErrorFields commit(String text) {
    boolean failed = session.delayed.state() == DelayedTransaction.State.FAILED;
    end(text, failed);
    complete(failed ? "ROLLBACK" : "COMMIT");
    return null;
  }

  private ErrorFields rollback(String text) {
    end(text, true);
    complete("ROLLBACK");
    return null;
  }

  private void end(String text, boolean rolledBack) {
    if (!session.delayed.active()) {
      warn("25P01", "there is no transaction in progress");
      return;
    }
    String begin = session.delayed.begun();
    session.delayed.end();
    session.settings.transactionEnds(rolledBack);
    if (chains(text)) {
      session.delayed.begin(begin);
    }
  }

  /**
   * SAVEPOINT, SET LOCAL and the like before the first routed statement: said to a server later.
   */
  private ErrorFields keep(StatementKind kind, String text) {
    if (!session.delayed.add(text)) {
      return StatementErrors.tooMuchKept();
    }
    if (kind == StatementKind.ROLLBACK_TO) {
      session.delayed.reopen();
      session.settings.rolledBackToSavepoint();
    } else if (kind == StatementKind.SAVEPOINT) {
      session.settings.savepoint();
    }
    complete(
        switch (kind) {
          case SAVEPOINT -> "SAVEPOINT";
          case RELEASE -> "RELEASE";
          case ROLLBACK_TO -> "ROLLBACK";
          default -> "SET";
        });
    return null;
  }

  /**
   * Carries out a statement about a {@code trunkline.*} setting; its error, or null.
   *
   * @param value the new value, bound or written; null for the default
   * @param local whether it ends with the transaction
   * @param describe whether a RowDescription belongs to the answer (simple protocol)
   */
  ErrorFields setting(SettingCommand command, String value, boolean local, boolean describe) {
    String name = command.name();
    if (!name.equals(WORKSPACE) && !name.equals(SHARD) && !name.equals(EXPLAIN)) {
      return ErrorFields.error("42704", "unrecognized configuration parameter \"" + name + "\"")
          .withDetail(
              "Settings of the proxy are " + WORKSPACE + ", " + SHARD + " and " + EXPLAIN + ".")
          .withHint("Check the spelling.");
    }
    boolean asks =
        command.op() == SettingCommand.Op.SHOW || command.op() == SettingCommand.Op.CURRENT_SETTING;
    if (!asks) {
      ErrorFields error = change(command, name, value, local);
      if (error != null) {
        return error;
      }
    }
    answer(command, name, describe);
    return null;
  }

  private ErrorFields change(SettingCommand command, String name, String value, boolean local) {
    String canonical = value == null || value.isEmpty() ? null : value;
    if (name.equals(SHARD)) {
      return changeShard(canonical, local);
    }
    if (name.equals(EXPLAIN)) {
      return session.notices.set(canonical)
          ? null
          : ErrorFields.error("22023", "parameter \"" + name + "\" requires a Boolean value")
              .withDetail("It is \"" + value + "\".")
              .withHint("Use on or off.");
    }
    if (canonical != null) {
      try {
        canonical = WorkspaceId.canonical(canonical);
      } catch (IllegalArgumentException e) {
        return ErrorFields.error("22023", "invalid value for parameter \"" + name + "\"")
            .withDetail(e.getMessage())
            .withHint("A workspace id is a UUID or another text of up to 128 bytes.");
      }
    }
    ErrorFields bound = session.place.boundElsewhere(canonical);
    if (bound != null) {
      return bound;
    }
    if (local && !session.inTransaction() && command.op() == SettingCommand.Op.SET) {
      warn("25P01", "SET LOCAL can only be used in transaction blocks");
    } else {
      boolean reset = command.op() == SettingCommand.Op.RESET || value == null;
      session.workspace.set(reset ? session.identity.workspace() : canonical, local);
    }
    return null;
  }

  private ErrorFields changeShard(String shard, boolean local) {
    UserConfig user = session.services.config().users().get(session.identity.user());
    if (shard != null && (user == null || !user.maySetShard())) {
      return ErrorFields.error("42501", "permission denied to set parameter \"" + SHARD + "\"")
          .withDetail("User \"" + session.identity.user() + "\" has not may_set_shard.")
          .withHint("Set may_set_shard = true for the user in the configuration.");
    }
    ErrorFields bound = session.place.boundElsewhere(shard == null ? null : "shard " + shard);
    if (bound == null) {
      session.workspace.setShard(shard, local);
    }
    return bound;
  }

  /**
   * Whether a statement about a setting may stand among other statements, which go to a server with
   * it: it may ask, and it may name the workspace at hand again; its error, or null.
   */
  ErrorFields embedded(SettingCommand command) {
    String now = session.workspace.workspace();
    if (!command.name().equals(WORKSPACE)) {
      return RouteErrors.hiddenSetting();
    }
    return switch (command.op()) {
      case SHOW, CURRENT_SETTING, RESET -> null;
      case SET, SET_CONFIG ->
          command.value() == null || command.value().equals(now)
              ? null
              : RouteErrors.twoWorkspaces(now, command.value());
    };
  }

  /** SQL that lets a server answer SHOW trunkline.workspace. */
  String knownToServer() {
    String now = session.workspace.workspace();
    String literal = now == null ? "" : now.replace("'", "''");
    return "SELECT pg_catalog.set_config('" + WORKSPACE + "', '" + literal + "', false)";
  }

  private void answer(SettingCommand command, String name, boolean describe) {
    switch (command.op()) {
      case SET -> complete("SET");
      case RESET -> complete("RESET");
      case SHOW -> row(name, name, "SHOW", describe);
      case SET_CONFIG -> row("set_config", name, "SELECT 1", describe);
      case CURRENT_SETTING -> row("current_setting", name, "SELECT 1", describe);
    }
  }

  private void row(String column, String name, String tag, boolean describe) {
    String now =
        switch (name) {
          case SHARD -> session.workspace.shard();
          case EXPLAIN -> session.notices.text();
          default -> session.workspace.workspace();
        };
    byte[] value = (now == null ? "" : now).getBytes(StandardCharsets.UTF_8);
    session.connection.write(
        out -> {
          if (describe) {
            Backend.rowDescription(out, columns(column));
          }
          Backend.dataRow(out, Collections.singletonList(value));
          Backend.commandComplete(out, tag);
        });
  }

  /** The columns a statement about a setting answers with; none for SET and RESET. */
  static List<Backend.Column> columns(SettingCommand command) {
    return switch (command.op()) {
      case SET, RESET -> List.of();
      case SHOW -> columns(command.name());
      case SET_CONFIG -> columns("set_config");
      case CURRENT_SETTING -> columns("current_setting");
    };
  }

  private static List<Backend.Column> columns(String name) {
    return List.of(new Backend.Column(name, TEXT_OID, (short) -1, Backend.TEXT));
  }

  private void complete(String tag) {
    session.connection.write(out -> Backend.commandComplete(out, tag));
  }

  private void warn(String sqlstate, String message) {
    session.connection.write(out -> Backend.notice(out, ErrorFields.warning(sqlstate, message)));
  }

  private static boolean startsWith(String text, String word) {
    return text.stripLeading().toLowerCase(Locale.ROOT).startsWith(word);
  }

  /** COMMIT AND CHAIN and ROLLBACK AND CHAIN begin the next transaction at once. */
  private static boolean chains(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.contains("chain") && !lower.matches("(?s).*\\bno\\s+chain\\b.*");
  }
}
