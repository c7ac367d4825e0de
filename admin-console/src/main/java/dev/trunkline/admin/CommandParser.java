package dev.trunkline.admin;

import static dev.trunkline.admin.Access.ADMIN;
import static dev.trunkline.admin.Access.STATS;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Text to {@link Command}. The grammar is PgBouncer's: {@code WORD [WORD] [;]} or {@code SET key =
 * value [;]}, one statement per message, in any case, with its limits of length. Added are the
 * statements of {@link Drivers}, of {@link MoveParser} and {@code SHOW ROUTE '<workspace>'}.
 */
final class CommandParser {
  private static final int MAX_COMMAND = 15;
  private static final int MAX_ARGUMENT = 63;
  private static final int MAX_VALUE = 255;

  private CommandParser() {}

  /**
   * Parses one statement.
   *
   * @throws CommandFailed {@code invalid command '…', use SHOW HELP;} or {@code bad arguments}
   */
  static Command parse(String text) throws CommandFailed {
    if (text.isBlank()) {
      return new Command.Nothing();
    }
    List<Token> tokens = Token.split(text);
    Command command = tokens == null || tokens.isEmpty() ? null : command(tokens);
    if (command == null) {
      throw CommandFailed.invalidCommand(text);
    }
    return command;
  }

  private static Command command(List<Token> tokens) throws CommandFailed {
    Command driver = Drivers.command(tokens);
    if (driver != null) {
      return driver;
    }
    MoveCommand move = MoveParser.parse(tokens);
    if (move != null) {
      return move.onlyLooks() ? new Command.Look(move) : new Command.Move(move);
    }
    return tokens.getFirst().is("set") ? set(tokens) : words(tokens);
  }

  private static Command set(List<Token> tokens) throws CommandFailed {
    if (tokens.size() != 4 || !isAssignment(tokens.get(2)) || !tokens.get(1).isName()) {
      return null;
    }
    Token value = tokens.get(3);
    if (value.kind() == Token.Kind.SYMBOL) {
      return null;
    }
    String key = limited(tokens.get(1), MAX_ARGUMENT);
    if (key.isEmpty()) {
      throw CommandFailed.badArguments();
    }
    String text = limited(value, MAX_VALUE);
    return Drivers.ignores(key) ? new Command.SetIgnored() : new Command.Set(key, text);
  }

  private static boolean isAssignment(Token token) {
    return token.isSymbol('=') || token.is("to");
  }

  private static Command words(List<Token> tokens) throws CommandFailed {
    Token first = tokens.getFirst();
    if (!first.isName()) {
      return null;
    }
    if (tokens.size() == 3) {
      return first.is("show") && tokens.get(1).isName() ? showWithArgument(tokens) : null;
    }
    if (tokens.size() > 2 || !tokens.getLast().isName()) {
      return null;
    }
    String word = limited(first, MAX_COMMAND);
    String argument = tokens.size() == 1 ? "" : limited(tokens.get(1), MAX_ARGUMENT);
    if (word.equalsIgnoreCase("show") || word.equalsIgnoreCase("select")) {
      return show(argument);
    }
    Verb verb = Verb.find(word);
    return verb == null ? unsupported(word + argument) : verb.command(argument);
  }

  private static Command showWithArgument(List<Token> tokens) throws CommandFailed {
    View<?> view = Views.find(tokens.get(1).text());
    if (view == null || !view.takesArgument() || tokens.get(2).kind() == Token.Kind.SYMBOL) {
      return null;
    }
    String argument = limited(tokens.get(2), MAX_VALUE);
    if (argument.isEmpty()) {
      throw CommandFailed.badArguments();
    }
    return new Command.Show<>(view, argument, "SHOW");
  }

  private static Command show(String name) throws CommandFailed {
    if (name.equalsIgnoreCase("help")) {
      return new Command.Help();
    }
    View<?> view = Views.find(name);
    if (view == null) {
      return unsupported("SHOW " + name);
    }
    if (view.takesArgument()) {
      throw CommandFailed.argumentMissing(view);
    }
    return new Command.Show<>(view, "", "SHOW");
  }

  /** What PgBouncer has and we refuse, or null for what it does not know either. */
  private static Command unsupported(String text) {
    String command = text.toUpperCase(Locale.ROOT);
    return switch (command) {
      case "SUSPEND" ->
          new Command.Unsupported(
              command, "PAUSE lets transactions end and holds new ones.", ADMIN);
      case "SHOW FDS" ->
          new Command.Unsupported(command, "Sockets are not handed to another process.", ADMIN);
      case "SHOW SOCKETS", "SHOW ACTIVE_SOCKETS" ->
          new Command.Unsupported(
              command, "SHOW CLIENTS and SHOW SERVERS list the same connections.", STATS);
      default -> null;
    };
  }

  /** PgBouncer counts bytes. */
  private static String limited(Token token, int max) throws CommandFailed {
    if (token.text().getBytes(StandardCharsets.UTF_8).length > max) {
      throw CommandFailed.badArguments();
    }
    return token.text();
  }
}
