package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.DONE;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings.SqlFirewall;
import dev.trunkline.proxy.relay.KeptShape;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.SqlRouting;
import dev.trunkline.shard.CanonicalText;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.KeyReader;
import dev.trunkline.shard.KeyValues;
import dev.trunkline.shard.RouteMiss;
import dev.trunkline.shard.SqlScanner;
import dev.trunkline.shard.SqlShape;
import dev.trunkline.shard.StatementKind;

/**
 * What the text and the values of the message at hand say about its workspace. Where one is
 * declared, this is the firewall; where none is, {@link Leases} asks here.
 */
final class SqlKeys {
  private static final RouteMiss STRINGS =
      RouteMiss.ofStatement(
          "With standard_conforming_strings = off it is not known where strings end.");
  private static final RouteMiss ENCODING =
      RouteMiss.ofStatement("In this client_encoding it is not known where strings end.");
  private static final RouteMiss TOO_LONG =
      RouteMiss.ofStatement("The parameters are longer than trunkline.max_statement_bytes.");
  private static final RouteMiss PREPARE =
      new RouteMiss(
          null,
          "PREPARE",
          "PREPARE has no key of its own.",
          "Run it in a transaction that has a workspace, let the driver prepare, or name the"
              + " workspace.");
  private static final RouteMiss COPY_DATA =
      RouteMiss.ofStatement("The key is in the data of the COPY, which is not looked into.");

  private final ClientSession session;
  private final KeyFindings findings = new KeyFindings();
  private final MessageShapes shapes;
  private final PreparedShapes prepared = new PreparedShapes();
  private SqlShape copy;

  /** The text the firewall has reported last, of the message at hand. */
  private String reported;

  // What it is looked at with.
  private SqlRouting routing;
  private long version;
  private String declared;

  private String encoding;
  private RouteMiss encodingProblem;

  SqlKeys(ClientSession session) {
    this.session = session;
    this.shapes = new MessageShapes(session);
  }

  private void forget() {
    findings.forget();
    copy = null;
  }

  /** The message at hand has been dealt with. */
  void over() {
    if (!findings.isEmpty() || copy != null) {
      forget();
    }
    shapes.over();
    reported = null;
  }

  KeyFindings findings() {
    return findings;
  }

  /** The shape of a COPY whose rows are to be read; null when there is none. */
  SqlShape copy() {
    return copy;
  }

  /** What the rows of a COPY have to be of; null when its first row decides. */
  String copiesTo() {
    return declared != null ? declared : session.place.learnedWorkspace();
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
      return session.intake.holdForReplies();
    }
    int verdict = FORWARD;
    for (int i = first; i < scanner.count() && verdict == FORWARD; i++) {
      if (endsTransaction(scanner.kind(i))) {
        findings.ends();
      }
      if (!scanner.workspaceFree(i)) {
        int from = scanner.start(i);
        verdict = text(session.context.scanned(), from, scanner.end(i), scanner.kind(i), i);
      }
    }
    findings.settle(session.place.learnedWorkspace() != null);
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
      return session.intake.holdForReplies();
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
      shape = shapes.find(routing.shapes(), text, 0, version);
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
    SqlShape shape = shapes.find(routing.shapes(), text, index, version);
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
    if (!session.texts.standardStrings()) {
      return STRINGS;
    }
    String now = session.texts.encoding();
    if (now != encoding) {
      encoding = now;
      encodingProblem = SafeEncodings.safe(now) ? null : ENCODING;
    }
    return encodingProblem;
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
        findings.keyed(shape, KeyReader.read(shape, text, values));
        yield FORWARD;
      }
      case REFERENCE -> {
        findings.reference(shape);
        yield FORWARD;
      }
      case COPY -> {
        copy = shape;
        yield none(COPY_DATA);
      }
      case EXECUTE -> none(PreparedShapes.unknown(found.preparedName()));
      case MISS -> missed(shape, text, values);
    };
  }

  private int compare(SqlShape shape, CanonicalText text, KeyValues values) {
    if (shape.kind() == SqlShape.Kind.COPY && firewall() == SqlFirewall.REFUSE) {
      copy = shape;
    }
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

  private int missed(SqlShape shape, CanonicalText text, KeyValues values) {
    String bound = session.place.learnedWorkspace();
    boolean fits =
        shape.unkeyed()
            && (shape.sources().isEmpty()
                || (bound != null && KeyReader.agrees(shape, text, values, bound)));
    findings.missed(shape);
    return fits ? unkeyed(shape.miss()) : none(shape.miss());
  }

  private int unkeyed(RouteMiss why) {
    findings.unkeyed(why);
    return FORWARD;
  }

  private int none(RouteMiss why) {
    if (declared == null) {
      findings.none(why);
    }
    return FORWARD;
  }

  static boolean endsTransaction(StatementKind kind) {
    return switch (kind) {
      case COMMIT, ROLLBACK, TWO_PHASE -> true;
      default -> false;
    };
  }
}
