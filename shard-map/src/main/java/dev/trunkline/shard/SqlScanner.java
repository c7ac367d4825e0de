package dev.trunkline.shard;

import java.util.Arrays;
import java.util.Objects;

/**
 * Says what the statements of a Query or Parse text are: their kind, what they may leave behind on
 * a server session, whether they need a workspace at all, and what the proxy has to answer itself.
 * One pass over the bytes by PostgreSQL's own token rules; the text must be in an encoding whose
 * bytes below 128 are ASCII, as all server encodings are.
 *
 * <p>For one thread, to be used again and again: a scan allocates nothing unless the text concerns
 * trunkline.* settings or set_config. The answers are about the last text, which must not change
 * before they are asked for.
 */
public final class SqlScanner {
  private static final int CAPACITY = 8;
  private static final int CAPACITY_KEPT = 1024;

  private final SqlLexer lexer = new SqlLexer();
  private final SqlTokens tokens = new SqlTokens();
  private final StatementSplitter splitter = new StatementSplitter();
  private final SqlComments comments = new SqlComments();
  private final CatalogQuery catalogQuery = new CatalogQuery();

  private byte[] text = {};
  private int from;
  private int statementFrom;
  private long effectsAfar;
  private boolean malformed;

  private int count;
  private long effects;
  private StatementKind[] kinds = new StatementKind[CAPACITY];
  private int[] starts = new int[CAPACITY];
  private int[] ends = new int[CAPACITY];
  private long[] effectsOf = new long[CAPACITY];
  private boolean[] workspaceFree = new boolean[CAPACITY];
  private SettingCommand[] settings = new SettingCommand[CAPACITY];

  /** Scans a text in which a backslash is an ordinary character in plain quotes. */
  public void scan(byte[] text, int from, int to) {
    scan(text, from, to, true);
  }

  /**
   * Scans a text.
   *
   * @param from offset of its first byte
   * @param to offset behind its last byte, which is not the NUL that ends it in a message
   * @param standardConformingStrings the session's setting of that name
   */
  public void scan(byte[] text, int from, int to, boolean standardConformingStrings) {
    Objects.checkFromToIndex(from, to, text.length);
    reset(text, from);
    lexer.reset(text, from, to, standardConformingStrings);
    Token token;
    do {
      token = lexer.next();
      take(token);
    } while (token != Token.END && token != Token.BROKEN);
    if (token == Token.BROKEN || splitter.ambiguous()) {
      giveUp(to);
    } else if (count > 1) {
      forgetDiscardAll();
    }
  }

  private void reset(byte[] text, int from) {
    this.text = text;
    this.from = from;
    malformed = false;
    effects = 0;
    if (kinds.length > CAPACITY_KEPT) {
      resize(CAPACITY);
    }
    Arrays.fill(settings, 0, Math.min(count, settings.length), null);
    count = 0;
    splitter.reset();
    comments.reset(text);
    startStatement(from);
  }

  private void startStatement(int at) {
    statementFrom = at;
    effectsAfar = 0;
    tokens.reset(text);
  }

  private void take(Token token) {
    switch (token) {
      case END -> endStatement(lexer.start());
      case BROKEN -> {}
      case COMMENT -> comments.read(lexer.start(), lexer.end());
      case SEMICOLON -> {
        if (splitter.ends()) {
          endStatement(lexer.start());
          startStatement(lexer.end());
        } else {
          tokens.add(token, lexer);
        }
      }
      default -> add(token);
    }
  }

  private void add(Token token) {
    if (comments.pending()) {
      if (tokens.count() == 0) {
        comments.accept();
      } else {
        comments.drop();
      }
    }
    Name name = tokens.add(token, lexer);
    splitter.token(token, name, tokens);
    if (tokens.overflow()) {
      effectsAfar |= EffectFinder.afar(token, name);
    }
  }

  private void endStatement(int end) {
    comments.accept();
    if (tokens.count() > 0) {
      SettingCommand setting = tokens.overflow() ? null : SettingParser.parse(tokens);
      StatementKind kind = setting == null ? StatementKinds.of(tokens) : StatementKind.SETTING;
      long found = EffectFinder.find(tokens, kind) | effectsAfar;
      if (assigns(kind, found) && !tokens.overflow() && (found & Effects.HIDDEN_SETTING) == 0) {
        setting = AssignmentParser.parse(tokens, kind);
        found = setting == null ? found : withKnownSetting(kind, found);
      }
      boolean free = (found & Effects.HIDDEN_SETTING) == 0 && isWorkspaceFree(kind, found);
      record(kind, end, found, free, setting);
    }
  }

  private static boolean assigns(StatementKind kind, long found) {
    return switch (kind) {
      case SET, RESET -> true;
      case SELECT -> (found & Effects.SET_SESSION) != 0;
      default -> false;
    };
  }

  private static long withKnownSetting(StatementKind kind, long found) {
    long called = kind == StatementKind.SELECT ? Effects.CALLED_SETTING : 0;
    return (found & ~Effects.SET_SESSION) | called;
  }

  private boolean isWorkspaceFree(StatementKind kind, long found) {
    return switch (kind) {
      case BEGIN, COMMIT, ROLLBACK, ROLLBACK_TO, SAVEPOINT, RELEASE -> true;
      case SET, SET_LOCAL, RESET, SHOW, SETTING, DISCARD, LISTEN, UNLISTEN, NOTIFY -> true;
      // A snapshot belongs to one host, a constraint to a table.
      case SET_TRANSACTION -> !hasWord(Word.SNAPSHOT) && !tokens.is(1, Word.CONSTRAINTS);
      case DEALLOCATE, FETCH -> (found & Effects.CLEARING) != 0;
      case SELECT, DML -> catalogQuery.holds(tokens);
      default -> false;
    };
  }

  private boolean hasWord(Word word) {
    for (int i = 0; i < tokens.count(); i++) {
      if (tokens.is(i, word)) {
        return true;
      }
    }
    return false;
  }

  private void record(
      StatementKind kind, int end, long found, boolean free, SettingCommand setting) {
    if (count == kinds.length) {
      resize(2 * count);
    }
    kinds[count] = kind;
    starts[count] = trimmedStart(end);
    ends[count] = trimmedEnd(end);
    effectsOf[count] = found;
    workspaceFree[count] = free;
    settings[count++] = setting;
    effects |= found;
  }

  private int trimmedStart(int end) {
    int at = statementFrom;
    while (at < end && ByteClass.isSpace(text[at])) {
      at++;
    }
    return at;
  }

  private int trimmedEnd(int end) {
    int at = end;
    while (at > statementFrom && ByteClass.isSpace(text[at - 1])) {
      at--;
    }
    return at;
  }

  private void resize(int capacity) {
    kinds = Arrays.copyOf(kinds, capacity);
    starts = Arrays.copyOf(starts, capacity);
    ends = Arrays.copyOf(ends, capacity);
    effectsOf = Arrays.copyOf(effectsOf, capacity);
    workspaceFree = Arrays.copyOf(workspaceFree, capacity);
    settings = Arrays.copyOf(settings, capacity);
  }

  /**
   * What was found up to here may be an artefact of where the scan went wrong: it all becomes one
   * unknown.
   */
  private void giveUp(int to) {
    malformed = true;
    count = 0;
    comments.reset(text);
    statementFrom = from;
    effects = 0;
    record(StatementKind.OTHER, to, Effects.OPAQUE, false, null);
  }

  /** PostgreSQL refuses DISCARD ALL beside other statements. */
  private void forgetDiscardAll() {
    effects &= ~Effects.DISCARD_ALL;
    for (int i = 0; i < count; i++) {
      effectsOf[i] &= ~Effects.DISCARD_ALL;
    }
  }

  /**
   * Whether a string, quoted name or comment has no end, or statements cannot be told apart. There
   * is one statement then, {@link StatementKind#OTHER}, which may do anything.
   */
  public boolean malformed() {
    return malformed;
  }

  /** The number of statements, empty ones left out. */
  public int count() {
    return count;
  }

  public StatementKind kind(int i) {
    return kinds[Objects.checkIndex(i, count)];
  }

  /** Offset of the first byte of the statement or of the comment before it. */
  public int start(int i) {
    return starts[Objects.checkIndex(i, count)];
  }

  /** Offset behind its last byte, comments included, the semicolon not. */
  public int end(int i) {
    return ends[Objects.checkIndex(i, count)];
  }

  /** The bits of {@link Effects} of all statements. */
  public long effects() {
    return effects;
  }

  public long effects(int i) {
    return effectsOf[Objects.checkIndex(i, count)];
  }

  /**
   * Whether the statement certainly reads and writes no table, sequence, view or function of the
   * user, so that any host can answer it.
   */
  public boolean workspaceFree(int i) {
    return workspaceFree[Objects.checkIndex(i, count)];
  }

  /**
   * The workspace_id of an sqlcommenter comment before or behind a statement; null if there is
   * none.
   */
  public String commentWorkspace() {
    return comments.workspace();
  }

  /** Whether comments name different workspaces. */
  public boolean commentConflict() {
    return comments.conflict();
  }

  /**
   * What a {@link StatementKind#SETTING} asks for, or which one setting a SET, RESET or a SELECT of
   * nothing but set_config changes (the name is "all" for RESET ALL); null for other statements,
   * and for a SET that cannot be said with set_config.
   */
  public SettingCommand setting(int i) {
    return settings[Objects.checkIndex(i, count)];
  }
}
