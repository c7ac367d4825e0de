package dev.trunkline.admin;

import dev.trunkline.admin.Operator.Scope;
import dev.trunkline.admin.Operator.Shutdown;
import java.util.Locale;

/** The command words that take at most one argument, SHOW and SELECT aside. */
enum Verb {
  RELOAD(""),
  PAUSE("[<db>]"),
  RESUME("[<db>]"),
  SUSPEND(""),
  DISABLE("<db>"),
  ENABLE("<db>"),
  RECONNECT("[<db>]"),
  KILL("[<db>]"),
  KILL_CLIENT("<client_id>"),
  SHUTDOWN("[WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS]"),
  WAIT_CLOSE("[<db>]");

  private final String parameter;

  Verb(String parameter) {
    this.parameter = parameter;
  }

  /** The verb of that name in any case, or null. */
  static Verb find(String word) {
    for (Verb verb : values()) {
      if (verb.name().equalsIgnoreCase(word)) {
        return verb;
      }
    }
    return null;
  }

  /** How SHOW HELP writes it. */
  String usage() {
    return parameter.isEmpty() ? name() : name() + " " + parameter;
  }

  /**
   * The command with that argument, "" for none.
   *
   * @return null if the word does not take such an argument
   */
  Command command(String argument) {
    return switch (this) {
      case RELOAD -> argument.isEmpty() ? new Command.Reload() : null;
      case PAUSE -> new Command.Pause(scope(argument));
      case SUSPEND -> argument.isEmpty() ? new Command.Suspend() : null;
      case RESUME -> new Command.Resume(scope(argument));
      case DISABLE -> new Command.Disable(argument);
      case ENABLE -> new Command.Enable(argument);
      case RECONNECT -> new Command.Reconnect(scope(argument));
      case KILL -> new Command.Kill(scope(argument));
      case KILL_CLIENT -> new Command.KillClient(argument);
      case SHUTDOWN -> shutdown(argument);
      case WAIT_CLOSE -> new Command.WaitClose(scope(argument));
    };
  }

  private static Scope scope(String argument) {
    return argument.isEmpty() ? new Scope.Everything() : new Scope.Database(argument);
  }

  private static Command shutdown(String argument) {
    return switch (argument.toUpperCase(Locale.ROOT)) {
      case "" -> new Command.Stop(Shutdown.IMMEDIATE);
      case "WAIT_FOR_SERVERS" -> new Command.Stop(Shutdown.WAIT_FOR_SERVERS);
      case "WAIT_FOR_CLIENTS" -> new Command.Stop(Shutdown.WAIT_FOR_CLIENTS);
      default -> null;
    };
  }
}
