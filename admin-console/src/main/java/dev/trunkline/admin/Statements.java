package dev.trunkline.admin;

import java.util.HashMap;
import java.util.Map;

/** The prepared statements of one session: parsed commands by name, "" for the unnamed one. */
final class Statements {
  /** Bounds what one session can make the process remember. */
  static final int MAX = 1000;

  private final Map<String, Command> commands = new HashMap<>();

  /**
   * Adds a statement; the unnamed one is replaced.
   *
   * @throws CommandFailed the name is taken, or there are too many
   */
  void put(String name, Command command) throws CommandFailed {
    if (!name.isEmpty() && commands.containsKey(name)) {
      throw CommandFailed.of("42P05", quoted(name) + " already exists");
    }
    if (commands.size() >= MAX) {
      throw CommandFailed.of("53400", "more than " + MAX + " prepared statements");
    }
    commands.put(name, command);
  }

  /**
   * The statement of that name.
   *
   * @throws CommandFailed there is none
   */
  Command get(String name) throws CommandFailed {
    Command command = commands.get(name);
    if (command == null) {
      String which = name.isEmpty() ? "unnamed prepared statement" : quoted(name);
      throw CommandFailed.of("26000", which + " does not exist");
    }
    return command;
  }

  void remove(String name) {
    commands.remove(name);
  }

  void clear() {
    commands.clear();
  }

  private static String quoted(String name) {
    return "prepared statement \"" + name + "\"";
  }
}
