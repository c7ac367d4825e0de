package dev.trunkline.admin;

import dev.trunkline.admin.Mover.Depth;
import dev.trunkline.admin.Mover.Repoint;
import dev.trunkline.admin.Mover.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The grammar of pausing and moving, which PgBouncer does not have: {@link #USAGE}. Reads one
 * command from left to right; a command that begins like one of these and goes on otherwise is told
 * what was expected.
 */
final class MoveParser {
  static final List<String> USAGE =
      List.of(
          "SHOW PAUSES|SWAPS",
          "SHOW DARK READS",
          "SHOW DARK READ MISMATCHES",
          "SHOW MAP HISTORY",
          "SHOW MAP AS OF <version>",
          "PAUSE [GROUP|HOST|DATABASE|SHARD|WORKSPACE <name>] [DRAIN <time>]",
          "RESUME GROUP|HOST|DATABASE|SHARD|WORKSPACE <name>",
          "REPOINT HOST <host> TO '<endpoint>' [BECAUSE '<text>']",
          "REPOINT SHARD <shard> TO HOST <host> [BECAUSE '<text>']",
          "REPOINT WORKSPACE '<id>' TO SHARD <shard> [BECAUSE '<text>']",
          "REPOINT BACK [WITHIN <time>] [BECAUSE '<text>']",
          "[PLAN|REHEARSE] SWAP HOST|SHARD|WORKSPACE … TO … [WITHIN <time>] [VERIFY '<query>']"
              + " [FENCE '<sql>' UNDO '<sql>'] [CATCH UP '<subscription>' MARKER '<table>']"
              + " [REQUIRE DARK READS <number> EQUAL] [BECAUSE '<text>']",
          "DARK READ GROUP|HOST|SHARD <name> AGAINST '<endpoint and user>' SAMPLE <share>%"
              + " [MAX ROWS <number>] [DELAY <time>|CAUGHT UP]",
          "STOP DARK READ GROUP|HOST|SHARD <name>");

  private static final Duration WITHIN = Duration.ofSeconds(1);
  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(us|ms|s|min)");

  private final List<Token> tokens;
  private int at;

  private MoveParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** The command, or null for one of another grammar. */
  static MoveCommand parse(List<Token> tokens) throws CommandFailed {
    MoveParser parser = new MoveParser(tokens);
    MoveCommand command = parser.command();
    if (command != null && parser.more()) {
      throw parser.expected("the end of the command");
    }
    return command;
  }

  private MoveCommand command() throws CommandFailed {
    if (takes("show")) {
      return show();
    }
    if (tokens.size() > 2 && takes("pause")) {
      Scope scope = next("drain") ? new Scope.Everything() : scope();
      return new MoveCommand.Pause(scope, takes("drain") ? time() : null);
    }
    if (tokens.size() > 2 && takes("resume")) {
      return new MoveCommand.Resume(scope());
    }
    if (takes("repoint")) {
      Repoint change = takes("back") ? new Repoint.Back(within()) : change();
      return new MoveCommand.Repoint(change, takes("because") ? string() : "");
    }
    if (takes("dark")) {
      need("read");
      return darkRead();
    }
    if (tokens.size() > 1 && tokens.get(1).is("dark") && takes("stop")) {
      need("dark");
      need("read");
      return new MoveCommand.StopDarkRead(darkScope());
    }
    return swap();
  }

  private MoveCommand show() throws CommandFailed {
    if (tokens.size() == 2 && takes("pauses")) {
      return new MoveCommand.ShowPauses();
    }
    if (tokens.size() == 2 && takes("swaps")) {
      return new MoveCommand.ShowSwaps();
    }
    if (tokens.size() > 2 && takes("dark")) {
      return showDark();
    }
    if (tokens.size() < 3 || !takes("map")) {
      return null;
    }
    if (takes("history")) {
      return new MoveCommand.ShowHistory();
    }
    need("as");
    need("of");
    String version = name("a version");
    if (!version.matches("\\d{1,18}")) {
      at--;
      throw expected("a version");
    }
    return new MoveCommand.ShowAsOf(Long.parseLong(version));
  }

  private MoveCommand showDark() throws CommandFailed {
    if (takes("reads")) {
      return new MoveCommand.ShowDarkReads();
    }
    need("read");
    need("mismatches");
    return new MoveCommand.ShowMismatches();
  }

  private MoveCommand darkRead() throws CommandFailed {
    Scope scope = darkScope();
    need("against");
    String against = string();
    need("sample");
    double share = share();
    boolean rows = takes("max");
    if (rows) {
      need("rows");
    }
    int maxRows = rows ? (int) number(6) : 0;
    boolean caughtUp = takes("caught");
    if (caughtUp) {
      need("up");
    }
    Duration delay = !caughtUp && takes("delay") ? time() : null;
    return new MoveCommand.StartDarkRead(
        new Comparer.DarkRead(scope, against, share, maxRows, delay));
  }

  private Scope darkScope() throws CommandFailed {
    if (!next("group") && !next("host") && !next("shard")) {
      throw expected("GROUP, HOST or SHARD");
    }
    return scope();
  }

  /** As 0.001 for {@code 0.1%}. */
  private double share() throws CommandFailed {
    String text = name("a share such as 0.1%");
    boolean percent = text.matches("\\d{1,3}(\\.\\d{1,6})?") && more();
    double share = percent ? Double.parseDouble(text) / 100 : 0;
    if (share <= 0 || share > 1 || !tokens.get(at).isSymbol('%')) {
      at--;
      throw expected("a share such as 0.1%");
    }
    at++;
    return share;
  }

  private long number(int digits) throws CommandFailed {
    String text = name("a number");
    if (!text.matches("[1-9]\\d{0," + (digits - 1) + "}")) {
      at--;
      throw expected("a number");
    }
    return Long.parseLong(text);
  }

  private Scope scope() throws CommandFailed {
    String kind = name("GROUP, HOST, DATABASE, SHARD or WORKSPACE").toLowerCase(Locale.ROOT);
    return switch (kind) {
      case "group" -> new Scope.Group(name("a group"));
      case "host" -> new Scope.Host(name("a host"));
      case "database" -> new Scope.Database(name("a database"));
      case "shard" -> new Scope.Shard(name("a shard"));
      case "workspace" -> new Scope.Workspace(name("a workspace"));
      default -> {
        at--;
        throw expected("GROUP, HOST, DATABASE, SHARD or WORKSPACE");
      }
    };
  }

  private Repoint change() throws CommandFailed {
    if (takes("host")) {
      String host = name("a host");
      need("to");
      return new Repoint.Host(host, string());
    }
    if (takes("shard")) {
      String shard = name("a shard");
      need("to");
      need("host");
      return new Repoint.Shard(shard, name("a host"));
    }
    if (takes("workspace")) {
      String workspace = name("a workspace");
      need("to");
      need("shard");
      return new Repoint.Workspace(workspace, name("a shard"));
    }
    throw expected("HOST, SHARD or WORKSPACE");
  }

  private MoveCommand swap() throws CommandFailed {
    boolean plan = takes("plan");
    boolean rehearse = !plan && takes("rehearse");
    if (!takes("swap")) {
      return null;
    }
    Depth depth = plan ? Depth.PLAN : rehearse ? Depth.REHEARSE : Depth.SWAP;
    return new MoveCommand.Swap(new Clauses().read(change()).swap(depth));
  }

  /** What may follow a swap's change, each once and in any order. */
  private final class Clauses {
    private Repoint change;
    private Duration within;
    private String verify;
    private String fence;
    private String undo;
    private String subscription;
    private String marker;
    private long darkReads;
    private String why;

    Clauses read(Repoint of) throws CommandFailed {
      change = of;
      boolean found = true;
      while (found) {
        found = one();
      }
      return this;
    }

    private boolean one() throws CommandFailed {
      if (within == null && next("within")) {
        within = within();
      } else if (verify == null && takes("verify")) {
        verify = string();
      } else if (fence == null && takes("fence")) {
        fence = string();
        need("undo");
        undo = string();
      } else if (subscription == null && takes("catch")) {
        need("up");
        subscription = name("a subscription");
        need("marker");
        marker = name("a table");
      } else if (darkReads == 0 && takes("require")) {
        darkReads = required();
      } else if (why == null && takes("because")) {
        why = string();
      } else {
        return false;
      }
      return true;
    }

    Mover.Swap swap(Depth depth) {
      return new Mover.Swap(
          change,
          depth,
          within == null ? WITHIN : within,
          verify,
          fence,
          undo,
          subscription,
          marker,
          darkReads,
          why == null ? "" : why);
    }
  }

  private Duration within() throws CommandFailed {
    return takes("within") ? time() : WITHIN;
  }

  private long required() throws CommandFailed {
    need("dark");
    need("reads");
    long equal = number(12);
    need("equal");
    return equal;
  }

  // ---- tokens ----

  private boolean more() {
    return at < tokens.size();
  }

  private boolean next(String keyword) {
    return more() && tokens.get(at).is(keyword);
  }

  private boolean takes(String keyword) {
    boolean there = next(keyword);
    at += there ? 1 : 0;
    return there;
  }

  private void need(String keyword) throws CommandFailed {
    if (!takes(keyword)) {
      throw expected(keyword.toUpperCase(Locale.ROOT));
    }
  }

  private String name(String what) throws CommandFailed {
    if (!more() || tokens.get(at).kind() == Token.Kind.SYMBOL || tokens.get(at).text().isEmpty()) {
      throw expected(what);
    }
    return tokens.get(at++).text();
  }

  private String string() throws CommandFailed {
    if (!more() || tokens.get(at).kind() != Token.Kind.STRING || tokens.get(at).text().isBlank()) {
      throw expected("a text in single quotes");
    }
    return tokens.get(at++).text();
  }

  private Duration time() throws CommandFailed {
    Matcher time = TIME.matcher(name("a time such as 200ms"));
    if (!time.matches()) {
      at--;
      throw expected("a time such as 200ms, 1s or 1min");
    }
    long number = Long.parseLong(time.group(1));
    return switch (time.group(2)) {
      case "us" -> Duration.ofNanos(number * 1_000);
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      default -> Duration.ofMinutes(number);
    };
  }

  private CommandFailed expected(String what) {
    String found = more() ? "\"" + tokens.get(at).text() + "\"" : "the end of the command";
    return CommandFailed.of("42601", "expected " + what + ", found " + found);
  }
}
