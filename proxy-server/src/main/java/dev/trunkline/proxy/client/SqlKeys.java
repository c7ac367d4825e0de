package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.DONE;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.client.ClientSession.Hold;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings.SqlFirewall;
import dev.trunkline.proxy.relay.KeptShape;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.SqlRouting;
import dev.trunkline.shard.CanonicalText;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.KeyAnswer;
import dev.trunkline.shard.KeyReader;
import dev.trunkline.shard.KeySource;
import dev.trunkline.shard.KeyValues;
import dev.trunkline.shard.RouteMiss;
import dev.trunkline.shard.ShapeCache;
import dev.trunkline.shard.SqlScanner;
import dev.trunkline.shard.SqlShape;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.ErrorFields;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * What the text and the values of the message at hand say about its workspace. Where one is
 * declared, this is the firewall; where none is, {@link Leases} asks here. A text whose shape is
 * not known yet holds its session up until it is.
 */
final class SqlKeys {
  /** What has been found in the message at hand. */
  enum Finding {
    /** Nobody looked, or there was nothing to look for. */
    NOT_ASKED,
    /** All of it belongs to {@link #key}. */
    KEY,
    /** It touches rows that are there, by something else than their key. */
    UNKEYED,
    /** There is no telling. */
    NONE
  }

  private static final RouteMiss STRINGS =
      unreadable("With standard_conforming_strings = off it is not known where strings end.");
  private static final RouteMiss ENCODING =
      unreadable("In this client_encoding it is not known where strings end.");
  private static final RouteMiss SEVERAL =
      unreadable("The statements of one message name different workspaces.");
  private static final RouteMiss TOO_LONG =
      unreadable("The parameters are longer than trunkline.max_statement_bytes.");
  private static final RouteMiss BESIDE =
      unreadable("It does something that is for one logical shard, and names no key.");
  private static final RouteMiss PREPARE = unreadable("PREPARE has no key of its own.");
  private static final RouteMiss COPY_DATA =
      unreadable("The key is in the data of the COPY, which is not looked into.");

  private final ClientSession session;
  private final PreparedShapes prepared = new PreparedShapes();

  // Of the message at hand, which may be presented several times.
  private final List<SqlShape> learned = new ArrayList<>(0);
  private long learnedVersion;
  private long learning;
  private String reported;

  // What was found in it.
  private Finding finding = Finding.NOT_ASKED;
  private String key;
  private RouteMiss miss;
  private List<KeySource> sources = List.of();
  private int unkeyedStatements;
  private int referenceStatements;
  private int ends;

  // What it is looked at with.
  private SqlRouting routing;
  private long version;
  private String declared;

  private String encoding;
  private RouteMiss encodingProblem;

  SqlKeys(ClientSession session) {
    this.session = session;
  }

  private static RouteMiss unreadable(String message) {
    return new RouteMiss(
        null,
        "the statement",
        message,
        "Name the workspace: set trunkline.workspace, or put it into a comment.");
  }

  private void forget() {
    finding = Finding.NOT_ASKED;
    key = null;
    miss = null;
    unkeyedStatements = 0;
    referenceStatements = 0;
    ends = 0;
  }

  /** The message at hand has been dealt with. */
  void over() {
    if (finding != Finding.NOT_ASKED || referenceStatements > 0) {
      forget();
    }
    if (!learned.isEmpty()) {
      learned.clear();
    }
    reported = null;
  }

  Finding finding() {
    return finding;
  }

  /** The workspace that all of the message belongs to; null unless one was found. */
  String key() {
    return finding == Finding.KEY ? key : null;
  }

  /** Why none was found, for the error; never null. */
  ErrorFields noWorkspace() {
    return miss == null ? RouteErrors.noWorkspace() : RouteErrors.noWorkspace(miss);
  }

  /** Where the key was found, in words. */
  String place() {
    StringJoiner places = new StringJoiner(", ");
    sources.forEach(source -> places.add(source.toString()));
    return places.toString();
  }

  /** Whether the message reads reference tables alone, which any shard has. */
  boolean free() {
    return finding == Finding.NOT_ASKED && referenceStatements > 0;
  }

  /** DISCARD ALL, DEALLOCATE ALL. */
  void deallocated() {
    prepared.clear();
  }

  /** Whether statements of this client are looked at. */
  boolean active() {
    return session.sharded() && session.services.sqlRouting() != null;
  }

  /** Whether the text and values of such a statement decide where it goes. */
  boolean decide(String comment) {
    return comment == null
        && session.workspace.workspace() == null
        && session.workspace.shard() == null
        && active();
  }

  // ---- simple protocol ----

  /** Looks at the statements of a Query from the given one on; FORWARD, BLOCK or DONE. */
  int query(SqlScanner scanner, int first, String comment) {
    forget();
    if (!begin(comment)) {
      if ((scanner.effects() & Effects.PREPARE) != 0) {
        prepared.unseen();
      }
      return FORWARD;
    }
    if (session.settingsUncertain() || session.notices.mustWait()) {
      return session.holdForReplies();
    }
    int verdict = FORWARD;
    for (int i = first; i < scanner.count() && verdict == FORWARD; i++) {
      ends += endsTransaction(scanner.kind(i)) ? 1 : 0;
      if (!scanner.workspaceFree(i)) {
        int from = scanner.start(i);
        verdict = text(session.context.scanned(), from, scanner.end(i), scanner.kind(i), i);
      }
    }
    settle();
    return verdict;
  }

  // ---- extended protocol ----

  /**
   * Looks at a Bind; FORWARD, BLOCK or DONE.
   *
   * @param definition body of the Parse behind the name
   * @param textEnd offset of the NUL behind its text
   * @param values null when the message is not complete
   */
  int bind(
      byte[] definition,
      int textEnd,
      StatementKind kind,
      String comment,
      BindValues values,
      KeptShape kept) {
    forget();
    if (!begin(comment)) {
      return FORWARD;
    }
    if (session.settingsUncertain() || session.notices.mustWait()) {
      return session.holdForReplies();
    }
    if (values == null) {
      return none(TOO_LONG);
    }
    return bound(definition, textEnd, kind, values, kept);
  }

  private int bound(
      byte[] definition, int textEnd, StatementKind kind, KeyValues values, KeptShape kept) {
    if (!shaped(kind)) {
      return unshaped(kind);
    }
    RouteMiss problem = problem();
    if (problem != null) {
      return none(problem);
    }
    CanonicalText text = session.context.canonical();
    SqlShape shape = kept.under(version);
    if (shape == null || shape.hasLiterals() || declared != null) {
      text.read(definition, 0, textEnd);
    }
    if (shape == null) {
      shape = shape(text, 0);
      if (shape == null) {
        return BLOCK;
      }
      kept.keep(shape, version);
    }
    return judge(shape, kind, text, values);
  }

  // ---- both ----

  /** Whether there is anything to look for; sets what the statement is looked at with. */
  private boolean begin(String comment) {
    routing = session.sharded() ? session.services.sqlRouting() : null;
    if (routing == null || session.workspace.shard() != null || session.leases.refused()) {
      return false;
    }
    version = routing.shapes().tables().version();
    declared = comment != null ? comment : session.workspace.workspace();
    return declared == null || firewall() != SqlFirewall.OFF;
  }

  private SqlFirewall firewall() {
    return session.services.config().settings().get(Keys.SQL_FIREWALL);
  }

  private int text(byte[] bytes, int from, int to, StatementKind kind, int index) {
    if (!shaped(kind)) {
      return unshaped(kind);
    }
    RouteMiss problem = problem();
    if (problem != null) {
      return none(problem);
    }
    CanonicalText text = session.context.canonical();
    text.read(bytes, from, to);
    SqlShape shape = shape(text, index);
    return shape == null ? BLOCK : judge(shape, kind, text, KeyValues.NONE);
  }

  private static boolean shaped(StatementKind kind) {
    return switch (kind) {
      case SELECT, DML, COPY, EXPLAIN, DECLARE, PREPARE, EXECUTE -> true;
      default -> false;
    };
  }

  /** Statements in which no key is looked for. */
  private int unshaped(StatementKind kind) {
    if (declared != null) {
      return FORWARD;
    }
    return switch (kind) {
      // They name something of their transaction, or rows that are there.
      case FETCH, DEALLOCATE, LOCK, SET_TRANSACTION, SET_LOCAL, SET, RESET, SHOW, NOTIFY ->
          unkeyed(null);
      default -> none(RouteErrors.everywhere(kind.name().replace('_', ' ')));
    };
  }

  private RouteMiss problem() {
    if (!session.standardStrings()) {
      return STRINGS;
    }
    String now = session.clientEncoding();
    if (now != encoding) {
      encoding = now;
      encodingProblem = SafeEncodings.safe(now) ? null : ENCODING;
    }
    return encodingProblem;
  }

  /** Known, learned for this message, or null: it is being learned. */
  private SqlShape shape(CanonicalText text, int index) {
    ShapeCache shapes = routing.shapes();
    SqlShape kept = learnedFor(index);
    if (kept != null) {
      return kept;
    }
    SqlShape shape = shapes.find(text, session.context.shapeProbe());
    if (shape == null) {
      learn(text, index);
    }
    return shape;
  }

  private SqlShape learnedFor(int index) {
    boolean valid = learnedVersion == version;
    return valid && index < learned.size() ? learned.get(index) : null;
  }

  /** Shapes with many literals are not kept in the cache, so the message at hand keeps them. */
  private void learn(CanonicalText text, int index) {
    long under = version;
    long ticket = ++learning;
    session.hold(Hold.SHAPE);
    routing
        .shapes()
        .learn(text, shape -> session.later(() -> learned(shape, index, under, ticket)));
  }

  /** A shape that comes after its statement was canceled is not that of the one held up now. */
  private void learned(SqlShape shape, int index, long under, long ticket) {
    if (session.hold() != Hold.SHAPE || ticket != learning) {
      return;
    }
    if (under != learnedVersion) {
      learned.clear();
      learnedVersion = under;
    }
    while (learned.size() <= index) {
      learned.add(null);
    }
    learned.set(index, shape);
    session.unhold();
  }

  // ---- what it means ----

  private int judge(SqlShape found, StatementKind kind, CanonicalText text, KeyValues values) {
    SqlShape shape = found;
    if (kind == StatementKind.PREPARE) {
      prepared.add(shape, version);
      return declared != null ? FORWARD : unkeyed(PREPARE);
    }
    if (shape.kind() == SqlShape.Kind.EXECUTE) {
      shape = prepared.executing(found, version);
      if (shape == null) {
        return none(PreparedShapes.unknown(found.preparedName()));
      }
    }
    if (declared != null) {
      return compare(shape, text, values);
    }
    return switch (shape.kind()) {
      case KEYED -> {
        sources = shape.sources();
        yield keyed(KeyReader.read(shape, text, values));
      }
      case REFERENCE -> reference(shape);
      case COPY -> none(COPY_DATA);
      case EXECUTE -> none(PreparedShapes.unknown(found.preparedName()));
      case MISS -> missed(shape, text, values);
    };
  }

  private int compare(SqlShape shape, CanonicalText text, KeyValues values) {
    String other = KeyReader.other(shape, text, values, declared);
    if (other == null) {
      return FORWARD;
    }
    String shown = text.text();
    if (firewall() == SqlFirewall.REPORT) {
      if (!shown.equals(reported)) {
        routing.firewall().reported(shown, declared, other);
        reported = shown;
      }
      return FORWARD;
    }
    int verdict = session.refuse(RouteErrors.firewall(declared, other));
    if (verdict == DONE) {
      routing.firewall().refused(shown);
    }
    return verdict;
  }

  private int keyed(KeyAnswer answer) {
    return switch (answer) {
      case KeyAnswer.Found(String workspace) -> key(workspace);
      case KeyAnswer.NotFound(RouteMiss why) -> none(why);
    };
  }

  private int key(String workspace) {
    if (finding == Finding.KEY && !key.equals(workspace)) {
      return none(SEVERAL);
    }
    if (finding != Finding.NONE) {
      finding = Finding.KEY;
      key = workspace;
    }
    return FORWARD;
  }

  private int reference(SqlShape shape) {
    if (!shape.readOnly()) {
      return unkeyed(BESIDE);
    }
    referenceStatements++;
    return FORWARD;
  }

  private int missed(SqlShape shape, CanonicalText text, KeyValues values) {
    String bound = session.leases.learnedWorkspace();
    boolean fits =
        shape.unkeyed()
            && (shape.sources().isEmpty()
                || (bound != null && KeyReader.agrees(shape, text, values, bound)));
    return fits ? unkeyed(shape.miss()) : none(shape.miss());
  }

  private int unkeyed(RouteMiss why) {
    unkeyedStatements++;
    if (miss == null) {
      miss = why;
    }
    if (finding == Finding.NOT_ASKED) {
      finding = Finding.UNKEYED;
    }
    return FORWARD;
  }

  private int none(RouteMiss why) {
    if (declared == null) {
      finding = Finding.NONE;
      miss = why;
    }
    return FORWARD;
  }

  static boolean endsTransaction(StatementKind kind) {
    return switch (kind) {
      case COMMIT, ROLLBACK, TWO_PHASE -> true;
      default -> false;
    };
  }

  /**
   * Statements without the key are for a transaction that has one already, and only if that cannot
   * end within the message.
   */
  private void settle() {
    boolean mixed = finding == Finding.KEY && session.leases.learnedWorkspace() == null;
    if (unkeyedStatements > 0 && (mixed || ends > 0)) {
      none(miss == null ? BESIDE : miss);
    }
  }
}
